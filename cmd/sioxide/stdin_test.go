package main_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sioxide/emitter/driver/drivertest/redistest"
	"github.com/sioxide/emitter/protocol"
)

// shownSummary is what a stream ends with.
type shownSummary struct {
	Sent     int
	Bad      int
	Doubt    int `json:"in_doubt"`
	Unsent   int
	NextLine int `json:"next_line"`
}

// Every kind of operation, performed in order.
func TestStdin(t *testing.T) {
	c := startCluster(t, 2)
	a, b := c.connect(t, 0, "/", "news"), c.connect(t, 1, "/")
	other := c.connect(t, 1, "/admin")
	lines := strings.Join([]string{
		`{"v":1,"op":"emit","to":["news"],"event":"first","args":[12345678901234567890,{"b":1.50,"a":null}]}`,
		``,
		`{"op":"join","rooms":["vip"],"socket":"` + b.id + `"}`,
		` {"op":"emit","to":["vip"],"event":"second","args":[{"$esc":{"$bin":"x"}}],"id":"7","at":"2026-01-31T15:04:05Z"} `,
		`{"op":"leave","rooms":["vip"],"to":["vip"]}`,
		`{"op":"emit","to":["vip"],"event":"to nobody"}`,
		`{"op":"emit","ns":"/admin","event":"elsewhere"}`,
		`{"op":"emit","event":"end"}`,
		`{"op":"disconnect","to":["news"]}`, // the last line has no end
	}, "\n")
	for _, flag := range []string{"-", "--stdin"} {
		a.join("news")
		r := run(t, c.env, lines, "emit", flag).must(t, 0)
		if s := decode[shownSummary](t, r); s != (shownSummary{Sent: 8}) || r.stderr != "" {
			t.Errorf("the summary is %s, the error %q", r.stdout, r.stderr)
		}
		a.must("first", `[12345678901234567890,{"b":1.50,"a":null}]`)
		b.must("second", `[{"$bin":"x"}]`)
		other.must("elsewhere", `[]`)
		a.must("end", `[]`)
		b.must("end", `[]`)
		a.mustBeGone()
		a = c.connect(t, 0, "/", "news")
	}
	r := run(t, c.env, `{"op":"emit","event":"by flag"}`, "emit", "-", "--ns", "/admin", "--acked", "--window", "10", "--rate", "1000").must(t, 1, "did not answer")
	if s := decode[shownSummary](t, r); s.Sent != 1 {
		t.Errorf("the summary is %s", r.stdout)
	}
	other.must("by flag", `[]`)
}

// badLines are wrong in every way that a line can be.
const badLines = `{"op":"emit","event":"one","to":["x"]}
{"op":"emit"
{"op":"emit","event":"e","rom":["x"]}
{"op":"join","to":["x"]}
not json
{"op":"emit","event":"connect"}
{"op":"emit","event":"e","socket":"short"}
{"op":"emit","event":"e","args":[1e999]}
{"op":"disconnect"}
{"op":"join","rooms":["a"],"socket":"AAAAAAAAAAAAAAAA"}
{"op":"emit","event":"last"}
`

// The number of each bad line is told; it ends the run unless it is to go on.
func TestStdinBadLines(t *testing.T) {
	c := startCluster(t, 1)
	one := c.connect(t, 0, "/", "x")
	r := run(t, c.env, badLines, "emit", "-").must(t, 1, "line 2: ", "1 operation sent", "1 bad line")
	if s := decode[shownSummary](t, r); s != (shownSummary{Sent: 1, Bad: 1, NextLine: 3}) || strings.Contains(r.stderr, "line 3: ") {
		t.Errorf("the summary is %s, the error %s", r.stdout, r.stderr)
	}
	one.must("one", `[]`)
	r = run(t, c.env, badLines, "emit", "-", "--keep-going").must(t, 1,
		"line 2: ", "line 3: outbox: decode: rom: no such field", "line 4: outbox: decode: rooms: ", "line 5: ", "line 6: ", "reserved",
		"line 7: ", "16 characters", "line 8: ", "beyond float64", "line 9: it disconnects everybody", "line 10: ", "no server lists", "2 operations sent", "9 bad lines")
	if s := decode[shownSummary](t, r); s != (shownSummary{Sent: 2, Bad: 9}) || strings.Contains(r.stderr, "line 11") {
		t.Errorf("the summary is %s, the error %s", r.stdout, r.stderr)
	}
	one.must("one", `[]`)
	one.must("last", `[]`)
	run(t, c.env, `{"op":"disconnect"}`, "emit", "-", "--yes").must(t, 0)
	one.mustBeGone()
}

// Raw requests are performed beside others, and judged like them.
func TestStdinRaw(t *testing.T) {
	c := startCluster(t, 1)
	one := c.connect(t, 0, "/", "x")
	raw := func(req protocol.Request) string {
		req.Node, req.ID, req.Opts.Flags = protocol.NewNodeID(), protocol.NewID(), protocol.FlagBroadcast
		return fmt.Sprintf(`{"v":1,"id":"7","raw":%q,"prefix":"","ns":"","server":""}`, base64.StdEncoding.EncodeToString(req.AppendMsgpack(nil)))
	}
	event := func(kind protocol.ValueKind, data string) protocol.Request {
		return protocol.Request{Packet: protocol.Packet{Namespace: "/", Type: protocol.Event, Data: protocol.Value{Kind: kind, Data: []byte(data)}}}
	}
	lines := strings.Join([]string{
		raw(event(protocol.Text, `["raw",1.50,{"b":1,"a":2}]`)),
		raw(event(protocol.Binary, "\x91\xa3raw")), // of the other parser: it would make the server deaf
		raw(protocol.Request{Type: protocol.DisconnectSockets}),
		raw(protocol.Request{Type: protocol.AllRooms}),
		`{"op":"emit","event":"last"}`,
	}, "\n")
	r := run(t, c.env, lines, "emit", "-", "--keep-going").must(t, 1,
		"line 2: ", "wrong parser", "line 3: it disconnects everybody", "line 4: outbox: decode: raw: ", "2 operations sent", "3 bad lines")
	if s := decode[shownSummary](t, r); s != (shownSummary{Sent: 2, Bad: 3}) {
		t.Errorf("the summary is %s", r.stdout)
	}
	one.must("raw", `[1.50,{"b":1,"a":2}]`)
	one.must("last", `[]`)
	one.answers(`["yes"]`)
	run(t, c.env, raw(event(protocol.Text, `["asked"]`)), "emit", "-", "--ack", "--json").must(t, 0)
	one.must("asked", `[]`)
}

// A line of any length costs no more memory than an operation may have.
func TestStdinLongLine(t *testing.T) {
	c := startCluster(t, 1)
	one := c.connect(t, 0, "/")
	const first, last = `{"op":"emit","event":"first"}` + "\n", "\n" + `{"op":"emit","event":"last"}` + "\n"
	cmd := command(t, c.env, "emit", "-", "--keep-going")
	cmd.Stdin = io.MultiReader(strings.NewReader(first), io.LimitReader(endless{}, 200<<20), strings.NewReader(last))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	result{status: statusOf(t, cmd.Run()), stderr: stderr.String()}.must(t, 1, "line 2: it has more than")
	one.must("first", `[]`)
	one.must("last", `[]`)
	const most = 100 << 10 // KiB
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok && usage.Maxrss > most && !raceEnabled {
		t.Errorf("a line of 200 MiB made it take %d KiB", usage.Maxrss)
	}
}

// endless is input without an end of line.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// Many operations arrive in order and without a loss, at clients that answer.
func TestStdinMany(t *testing.T) {
	c := startCluster(t, 2)
	a, b := c.connect(t, 0, "/", "x"), c.connect(t, 1, "/", "x")
	a.answers(`[]`)
	b.answers(`[]`)
	const n = 20_000
	cmd := command(t, c.env, "emit", "--stdin", "--acked")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(stdin)
	for i := range n {
		fmt.Fprintf(w, `{"op":"emit","to":["x"],"event":"tick","args":[%d]}`+"\n", i)
	}
	_ = w.Flush()
	_ = stdin.Close()
	for i := range n {
		a.must("tick", fmt.Sprintf("[%d]", i))
		b.must("tick", fmt.Sprintf("[%d]", i))
	}
	if status := statusOf(t, cmd.Wait()); status != 0 {
		t.Errorf("status %d", status)
	}
}

// What comes slowly is sent as it comes, not when the input ends. An interrupt then
// says what was sent.
func TestStdinInterrupted(t *testing.T) {
	c := startCluster(t, 1)
	one := c.connect(t, 0, "/")
	for signal, status := range map[os.Signal]int{os.Interrupt: 130, syscall.SIGTERM: 143} {
		cmd := command(t, c.env, "emit", "-")
		stdin, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			fmt.Fprintf(stdin, `{"op":"emit","event":"tick","args":[%d]}`+"\n", i)
			one.must("tick", fmt.Sprintf("[%d]", i))
		}
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		r := result{statusOf(t, cmd.Wait()), stdout.String(), stderr.String()}.must(t, status, "3 operations sent", "interrupted")
		if s := decode[shownSummary](t, r); s != (shownSummary{Sent: 3, NextLine: 4}) {
			t.Errorf("the summary is %s", r.stdout)
		}
	}
}

// An interrupt in the middle of a flood: as many as it says have arrived, in order,
// and it names the first line that was not sent.
func TestStdinFloodInterrupted(t *testing.T) {
	c := startCluster(t, 1)
	one := c.connect(t, 0, "/")
	cmd := command(t, c.env, "emit", "-")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		w := bufio.NewWriter(stdin)
		for i := range 10_000_000 {
			if _, err := fmt.Fprintf(w, `{"op":"emit","event":"tick","args":[%d]}`+"\n", i); err != nil {
				return
			}
		}
	}()
	for i := range 500 {
		one.must("tick", fmt.Sprintf("[%d]", i))
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	r := result{statusOf(t, cmd.Wait()), stdout.String(), stderr.String()}.must(t, 130, "operations sent", "was not sent", "interrupted")
	s := decode[shownSummary](t, r)
	if s.Sent < 500 || s.Doubt != 0 || s.NextLine != s.Sent+1 {
		t.Fatalf("the summary is %s", r.stdout)
	}
	c.run(t, "emit", "end").must(t, 0)
	for i := 500; i < s.Sent; i++ {
		one.must("tick", fmt.Sprintf("[%d]", i))
	}
	one.must("end", `[]`)
}

// A backend that goes away in the middle: what was sent, what is in doubt and what was
// not are told apart, and add up.
func TestStdinBackendLost(t *testing.T) {
	c := startCluster(t, 1)
	one := c.connect(t, 0, "/")
	cmd := command(t, c.env, "emit", "-", "--keep-going")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	const first, second = 5, 150
	for i := range first {
		fmt.Fprintf(stdin, `{"op":"emit","event":"tick","args":[%d]}`+"\n", i)
		one.must("tick", fmt.Sprintf("[%d]", i))
	}
	c.redis.Kill()
	for i := range second {
		_, _ = fmt.Fprintf(stdin, `{"op":"emit","event":"tick","args":[%d]}`+"\n", first+i)
	}
	_ = stdin.Close()
	r := result{statusOf(t, cmd.Wait()), stdout.String(), stderr.String()}.must(t, 1, "operations sent")
	s := decode[shownSummary](t, r)
	if s.Sent < first || s.Bad != 0 || s.Sent+s.Doubt+s.Unsent > first+second || s.NextLine != s.Sent+s.Doubt+1 {
		t.Errorf("the summary is %s, the error %s", r.stdout, r.stderr)
	}
	run(t, environment(t, "SIOXIDE_URL=redis://"+redistest.FreeAddr(t)), `{"op":"emit","event":"e"}`, "emit", "-").must(t, 1, "0 operations sent", "line 1 and what follows was not sent", "connection refused")
}

// With --ack each answer names its line.
func TestStdinWithAck(t *testing.T) {
	c := startCluster(t, 1)
	one := c.connect(t, 0, "/", "x")
	one.answers(`["ok"]`)
	lines := `{"op":"emit","event":"a"}
{"op":"leave","rooms":["x"],"to":["x"]}

{"op":"emit","event":"b"}
`
	r := run(t, c.env, lines, "emit", "-", "--ack").must(t, 0)
	text, summary, _ := strings.Cut(r.stdout, `{"sent"`)
	answers := decodeLines[shownAnswer](t, text)
	if len(answers) != 2 || answers[0].Line != 1 || answers[1].Line != 4 || answers[1].Socket != one.id || answers[1].Args[0] != "ok" {
		t.Errorf("answers %s", text)
	}
	if s := decode[shownSummary](t, result{stdout: `{"sent"` + summary}); s.Sent != 3 {
		t.Errorf("the summary is %s", summary)
	}
}

// A reader of the output that goes away ends the command, quietly.
func TestClosedPipe(t *testing.T) {
	c := startCluster(t, 1)
	one := c.connect(t, 0, "/")
	one.answers(`["ok"]`)
	cmd := command(t, c.env, "emit", "-", "--ack")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		for range 1000 {
			if _, err := io.WriteString(stdin, `{"op":"emit","event":"e"}`+"\n"); err != nil {
				return
			}
		}
	}()
	if _, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	_ = stdout.Close()
	if status := statusOf(t, cmd.Wait()); status != 141 || strings.Contains(stderr.String(), "pipe") {
		t.Errorf("status %d, %s", status, stderr.String())
	}
}

// What nobody hears is told of.
func TestStdinToNobody(t *testing.T) {
	c := startCluster(t, 1)
	lines := `{"op":"emit","event":"e","ns":"/none"}` + "\n" + `{"op":"emit","event":"e"}` + "\n" + `{"op":"emit","event":"e","prefix":"other"}`
	r := run(t, c.env, lines, "emit", "-").must(t, 0, "no server listens in namespace /none under prefix socket.io", "no server listens in namespace / under prefix other")
	if s := decode[shownSummary](t, r); s.Sent != 3 || strings.Contains(r.stderr, "namespace / under prefix socket.io") {
		t.Errorf("the summary is %s, the error %s", r.stdout, r.stderr)
	}
}

// Nothing on the standard input is no operation and no error.
func TestStdinEmpty(t *testing.T) {
	c := startCluster(t, 1)
	for _, input := range []string{"", "\n", " \n\t\n"} {
		r := run(t, c.env, input, "emit", "-").must(t, 0)
		if s := decode[shownSummary](t, r); s != (shownSummary{}) {
			t.Errorf("%q gives %s", input, r.stdout)
		}
	}
	start := time.Now()
	cmd := command(t, c.env, "emit", "-") // without an input at all
	if status := statusOf(t, cmd.Run()); status != 0 || time.Since(start) > timeLimit/2 {
		t.Errorf("status %d after %v", status, time.Since(start))
	}
}

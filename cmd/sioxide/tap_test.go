package main_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sioxide/emitter/cmd/sioxide/internal/testkit"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
)

// shownTap is a message as tap prints it.
type shownTap struct {
	Type, Node, Ns, Server, Channel, Error string
	Asks                                   bool
	Bytes                                  int
	Operation                              *struct {
		Op, Event, Socket string
		To, Rooms         []string
		Args              []any
	}
}

// watcher is a tap that runs.
type watcher struct {
	t      testing.TB
	cmd    *exec.Cmd
	lines  *bufio.Reader
	stdout io.Closer
	stderr *lines
}

// lines takes what is written, and tells when a text is in it.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
	seen int // by waitFor
	more chan struct{}
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer func() {
		select {
		case l.more <- struct{}{}:
		default:
		}
	}()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// waitFor waits for a text, from where the last one that was waited for ended.
func (l *lines) waitFor(t testing.TB, text string) {
	t.Helper()
	deadline := time.After(timeLimit)
	for !l.find(text) {
		select {
		case <-l.more:
		case <-deadline:
			t.Fatalf("%q was not written: %s", text, l)
		}
	}
}

func (l *lines) find(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := strings.Index(l.text.String()[l.seen:], text)
	if i >= 0 {
		l.seen += i + len(text)
	}
	return i >= 0
}

// tap starts a tap and returns when it misses nothing.
func (c *cluster) tap(t testing.TB, args ...string) *watcher {
	t.Helper()
	w := &watcher{t: t, cmd: command(t, c.env, append([]string{"tap"}, args...)...), stderr: &lines{more: make(chan struct{}, 1)}}
	stdout, err := w.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	w.lines, w.stdout = bufio.NewReader(stdout), stdout
	w.cmd.Stderr = w.stderr
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.stderr.waitFor(t, "nothing is missed from here on")
	return w
}

// next returns the next line.
func (w *watcher) next() shownTap {
	w.t.Helper()
	line, err := w.lines.ReadString('\n')
	var out shownTap
	if err == nil {
		err = json.Unmarshal([]byte(line), &out)
	}
	if err != nil {
		w.t.Fatalf("%v: %q\n%s", err, line, w.stderr)
	}
	return out
}

// end interrupts it; nothing more may have been printed.
func (w *watcher) end() {
	w.t.Helper()
	if err := w.cmd.Process.Signal(os.Interrupt); err != nil {
		w.t.Fatal(err)
	}
	rest, _ := io.ReadAll(w.lines)
	if status := statusOf(w.t, w.cmd.Wait()); status != 0 || len(rest) > 0 {
		w.t.Errorf("status %d, and more was printed: %s\n%s", status, rest, w.stderr)
	}
}

func TestTap(t *testing.T) {
	c := startCluster(t, 2)
	one := c.connect(t, 0, "/", "news")
	channel := "socket.io-request#/#"
	before := c.redis.Subscribers(t, channel, false)
	all := c.tap(t)
	filtered := c.tap(t, "--ns", "admin", "--ns", "/", "--room", "news", "--event", "headline")
	asked := c.tap(t, "--questions", "--count", "2")
	if after := c.redis.Subscribers(t, channel, false); after != before {
		t.Errorf("%d servers are counted with a tap, %d without", after, before)
	}
	c.run(t, "servers").must(t, 0)
	c.run(t, "emit", "headline", `{"n":1}`, `{"$bin":"yv4="}`, "--to", "news").must(t, 0)
	c.run(t, "emit", "headline", "--to", "other").must(t, 0)
	c.run(t, "join", "vip", "--server", c.servers[1].UID, "--to", "news").must(t, 0)
	c.redis.Do(t, "PUBLISH", channel, "garbage")
	c.run(t, "emit", "headline", "--ns", "/admin", "--to", "news").must(t, 0)
	c.redis.Do(t, "PUBLISH", "socket.io-request#/#AAAAAAAAAAAAAAAA#x#", "no channel of requests")

	got := all.next()
	if got.Type != "broadcast" || got.Ns != "/" || got.Channel != channel || got.Bytes == 0 || len(got.Node) != 16 || got.Operation.Event != "headline" || got.Operation.To[0] != "news" {
		t.Errorf("shown is %+v", got)
	}
	if args, _ := json.Marshal(got.Operation.Args); string(args) != `[{"n":1},{"$bin":"yv4="}]` {
		t.Errorf("arguments %s", args)
	}
	if got := all.next(); got.Operation.To[0] != "other" {
		t.Errorf("shown is %+v", got)
	}
	if got := all.next(); got.Operation.Op != "join" || got.Server != c.servers[1].UID || got.Channel != channel+c.servers[1].UID+"#" || got.Operation.Rooms[0] != "vip" {
		t.Errorf("shown is %+v", got)
	}
	if got := all.next(); got.Operation != nil || !strings.Contains(got.Error, "malformed") || got.Bytes != len("garbage") {
		t.Errorf("shown is %+v", got)
	}
	if got := all.next(); got.Ns != "/admin" {
		t.Errorf("shown is %+v", got)
	}
	if got := all.next(); !strings.Contains(got.Error, "not a channel of requests") {
		t.Errorf("shown is %+v", got)
	}
	all.end()

	for _, ns := range []string{"/", "/admin"} {
		for got := filtered.next(); ; got = filtered.next() {
			if got.Operation == nil && got.Error != "" {
				continue // what can't be read is shown in any case
			}
			if got.Ns != ns || got.Operation.To[0] != "news" {
				t.Errorf("filtered is %+v", got)
			}
			break
		}
	}
	filtered.t = t
	if err := filtered.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}

	if got := asked.next(); got.Type != "rooms" || !got.Asks || got.Operation != nil {
		t.Errorf("the question is %+v", got)
	}
	asked.next()
	if status := statusOf(t, asked.cmd.Wait()); status != 0 {
		t.Errorf("after --count it ends with %d", status)
	}
	one.must("headline", `[{"n":1},{"_placeholder":true,"num":0}]`)
}

// What a tap prints with --operations can be emitted again.
func TestTapReplayed(t *testing.T) {
	c := startCluster(t, 1)
	one := c.connect(t, 0, "/", "news")
	w := c.tap(t, "--operations", "--count", "2")
	c.run(t, "emit", "headline", `{"a":[1.50,"ü",{"$esc":{"$bin":1}}]}`, "--to", "news").must(t, 0)
	c.run(t, "rooms").must(t, 0)
	c.run(t, "disconnect", "--socket", "AAAAAAAAAAAAAAAA").must(t, 0)
	tapped, err := io.ReadAll(w.lines)
	if status := statusOf(t, w.cmd.Wait()); err != nil || status != 0 {
		t.Fatalf("%d, %v", status, err)
	}
	run(t, c.env, string(tapped), "emit", "-").must(t, 0)
	for range 2 {
		one.must("headline", `[{"a":[1.50,"ü",{"$bin":1}]}]`)
	}
}

// A connection that was lost is told, and what passes later is seen.
func TestTapLosesRedis(t *testing.T) {
	c := startCluster(t, 1)
	w := c.tap(t)
	c.redis.Do(t, "CLIENT", "KILL", "TYPE", "pubsub")
	w.stderr.waitFor(t, "the connection was lost")
	w.stderr.waitFor(t, "nothing is missed from here on")
	c.redis.Do(t, "PUBLISH", "socket.io-request#/x#", "later")
	if got := w.next(); got.Channel != "socket.io-request#/x#" {
		t.Errorf("shown is %+v", got)
	}
	w.end()
}

// Sharded pub/sub can't be watched; MONITOR can.
func TestTapSharded(t *testing.T) {
	c := startSharded(t, 1)
	c.run(t, "tap").must(t, 2, "sharded pub/sub has no way", "--monitor")
	w := c.tap(t, "--monitor", "--event", "headline")
	if !strings.Contains(w.stderr.String(), "warning: MONITOR makes "+c.redis.Addr) {
		t.Errorf("it does not warn: %s", w.stderr)
	}
	one := c.connect(t, 0, "/", "news")
	c.run(t, "emit", "other").must(t, 0)
	c.run(t, "emit", "headline", `"\u0001\n\"\\ü"`, `{"$bin":"AAECDQr/"}`, "--to", "news", "--server", c.servers[0].UID).must(t, 0)
	got := w.next()
	args, _ := json.Marshal(got.Operation.Args)
	if got.Server != c.servers[0].UID || string(args) != `["\u0001\n\"\\ü",{"$bin":"AAECDQr/"}]` {
		t.Errorf("shown is %+v", got)
	}
	one.must("other", `[]`)
	w.end()
}

// On a Redis Cluster the channels of a namespace live on several nodes.
func TestTapCluster(t *testing.T) {
	nodes := redistest.StartCluster(t)
	config := testkit.Config{Driver: "redis-cluster"}
	for _, addr := range nodes.Addrs() {
		config.URLs = append(config.URLs, "redis://"+addr+"/?protocol=resp3")
	}
	c := &cluster{env: environment(t, "SIOXIDE_URL=redis+cluster://"+strings.Join(nodes.Addrs(), ","))}
	for range 3 {
		c.servers = append(c.servers, testkit.StartServer(t, config))
	}
	c.run(t, "tap").must(t, 2, "sharded")
	w := c.tap(t, "--monitor", "--ns", "/admin")
	c.run(t, "emit", "elsewhere").must(t, 0)
	c.run(t, "emit", "all", "--ns", "/admin").must(t, 0)
	if got := w.next(); got.Operation.Event != "all" {
		t.Errorf("shown is %+v", got)
	}
	for _, s := range c.servers {
		c.run(t, "emit", "one", "--ns", "/admin", "--server", s.UID).must(t, 0)
		if got := w.next(); got.Operation.Event != "one" || got.Server != s.UID {
			t.Errorf("shown is %+v", got)
		}
	}
	w.end()
}

package main_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/sioxide/emitter/cmd/sioxide/internal/testkit"
)

type shownLatency struct {
	Count int
	P50   float64 `json:"p50_ms"`
	P90   float64 `json:"p90_ms"`
	P99   float64 `json:"p99_ms"`
	Max   float64 `json:"max_ms"`
}

type shownBench struct {
	Events     int
	Seconds    float64
	PerSecond  float64 `json:"per_second"`
	Send, Sync shownLatency
	Delivery   *struct {
		Clients, Expected, Received, Lost, Duplicated int
		Latency                                       shownLatency
	}
}

func (l shownLatency) ok(count int) bool {
	return l.Count == count && l.P50 > 0 && l.P50 <= l.P90 && l.P90 <= l.P99 && l.P99 <= l.Max
}

// It reaches nobody who is not its own, and keeps its bounds.
func TestBench(t *testing.T) {
	c := startCluster(t, 2)
	one := c.connect(t, 0, "/", "x")
	b := decode[shownBench](t, c.run(t, "bench", "--yes", "--max", "500", "--rate", "1000", "--size", "100").must(t, 0))
	if b.Events != 500 || b.PerSecond > 1010 || b.Seconds < 0.49 || !b.Send.ok(500) || b.Sync.Count < 5 || b.Delivery != nil {
		t.Errorf("measured %+v", b)
	}
	c.run(t, "emit", "end").must(t, 0)
	one.must("end", `[]`)
	c.run(t, "bench").must(t, 2, "needs --yes", c.redis.Addr)
	c.run(t, "bench", "--yes", "--ns", "/none").must(t, 1, "nothing to measure", "no server listens")
	for _, args := range [][]string{{"--rate", "0"}, {"--rate", "-1"}, {"--rate", "NaN"}, {"--max", "0"}, {"--max", "10000001"}, {"--size", "-1"}, {"--clients", "2"}, {"--server", "ws://h", "--clients", "0"}, {"--ns", ""}} {
		c.run(t, append([]string{"bench", "--yes"}, args...)...).must(t, 2, args[len(args)-2])
	}
	_, shown, status := c.inTerminal(t, "y\r", "bench", "--max", "200", "--rate", "1000")
	if status != 0 || !contains(shown, "Send 200 events of 64 bytes", "measuring", "P50", "send", "sync", "200 events of 64 bytes in ") {
		t.Errorf("on a terminal: status %d, shown %q", status, shown)
	}
	if _, shown, status := c.inTerminal(t, "\r", "bench"); status != 1 || !contains(shown, "nothing was done") {
		t.Errorf("without a yes: status %d, shown %q", status, shown)
	}
}

// Its own clients count what they get, with either parser.
func TestBenchDelivery(t *testing.T) {
	for _, parser := range []string{"common", "msgpack"} {
		c := startWith(t, 2, testkit.Config{Driver: "redis", Parser: parser}, "?protocol=resp3", "?parser="+parser)
		args := []string{"bench", "--yes", "--max", "1000", "--rate", "2000", "--clients", "3", "--ns", "/admin"}
		for _, s := range c.servers {
			args = append(args, "--server", fmt.Sprintf("ws://127.0.0.1:%d", s.Port))
		}
		b := decode[shownBench](t, c.run(t, args...).must(t, 0))
		d := b.Delivery
		if b.Events != 1000 || d == nil || d.Clients != 6 || d.Expected != 6000 || d.Received != 6000 || d.Lost != 0 || d.Duplicated != 0 || !d.Latency.ok(6000) {
			t.Errorf("%s: measured %+v, %+v", parser, b, d)
		}
		c.run(t, "bench", "--yes", "--server", "ws://127.0.0.1:1").must(t, 1, "connect a client to ws://127.0.0.1:1", "connection refused")
		c.run(t, "bench", "--yes", "--server", "ftp://127.0.0.1:1").must(t, 1, "ws")
		c.run(t, "bench", "--yes", "--ns", "/none", "--server", args[len(args)-1]).must(t, 1, "refuses namespace /none")
	}
	// A server of another cluster is noticed before anything is sent.
	c, foreign := startCluster(t, 1), startCluster(t, 1)
	c.run(t, "bench", "--yes", "--server", fmt.Sprintf("ws://127.0.0.1:%d", foreign.servers[0].Port)).must(t, 1, "not known in the cluster of the URL")
}

// A server that dies in the middle: what was measured until then is told, and that its
// client is gone.
func TestBenchServerDies(t *testing.T) {
	c := startCluster(t, 1)
	cmd := command(t, c.env, "bench", "--yes", "--max", "100000", "--rate", "1000", "--server", fmt.Sprintf("ws://127.0.0.1:%d", c.servers[0].Port), "--clients", "1")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for len(decode[[]string](t, c.run(t, "rooms").must(t, 0))) == 0 { // until its client is in its room
	}
	for range 3 {
		c.run(t, "sync").must(t, 0)
	}
	c.servers[0].Kill()
	r := result{statusOf(t, cmd.Wait()), stdout.String(), stderr.String()}.must(t, 1, "a client has lost its connection")
	b := decode[shownBench](t, r)
	if d := b.Delivery; b.Events == 100000 || d == nil || d.Clients != 1 || d.Expected != b.Events || d.Received+d.Lost != b.Events {
		t.Errorf("measured %s", r.stdout)
	}
}

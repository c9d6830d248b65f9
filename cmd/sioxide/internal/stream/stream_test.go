package stream_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/cmd/sioxide/internal/stream"
	"github.com/sioxide/emitter/emittertest"
	"github.com/sioxide/emitter/protocol"
)

// faulty is a cluster whose backend fails at some events.
type faulty struct {
	*emittertest.Cluster
	at map[string]error // by event
}

var errBroken = errors.New("broken connection")

// SendAll fails as drivers do: what comes after a broken connection is not sent.
func (f *faulty) SendAll(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) error {
	var first error
	for i, req := range reqs {
		servers[i], errs[i] = -1, nil
		if errors.Is(first, errBroken) {
			errs[i] = emitter.NotSent(first)
			continue
		}
		event, _, _ := strings.Cut(strings.TrimPrefix(string(req.Packet.Data.AppendData(nil)), `["`), `"`)
		if errs[i] = f.at[event]; errs[i] == nil {
			servers[i], errs[i] = f.Send(ctx, req)
		}
		if first == nil {
			first = errs[i]
		}
	}
	return first
}

// perform runs lines through a faulty cluster and returns what its one socket got.
func perform(t *testing.T, at map[string]error, c stream.Config, lines ...string) (got, bad []string, r stream.Result, err error) {
	t.Helper()
	cluster := emittertest.NewCluster(2)
	socket := cluster.Connect(1, "/")
	c.Driver = &faulty{cluster, at}
	c.Emitter = emitter.New(c.Driver)
	c.Batch = append(c.Batch, emitter.Window(3))
	c.OnBad = func(line int, err error) { bad = append(bad, fmt.Sprintf("%d", line)) }
	c.Grace = time.Second
	r, err = stream.Run(t.Context(), strings.NewReader(strings.Join(lines, "\n")), c)
	for _, e := range socket.Received() {
		got = append(got, e.Name)
	}
	return got, bad, r, err
}

// events are lines that emit these events.
func events(names ...string) []string {
	var out []string
	for _, name := range names {
		if strings.HasPrefix(name, "{") {
			out = append(out, name)
			continue
		}
		out = append(out, `{"op":"emit","event":"`+name+`"}`)
	}
	return out
}

func TestWhatBecameOfLines(t *testing.T) {
	refused := emitter.NotSent(fmt.Errorf("%w: for the backend", emitter.ErrTooLarge))
	for name, c := range map[string]struct {
		lines     []string
		at        map[string]error
		keepGoing bool
		got, bad  string
		want      stream.Result
		err       error
	}{
		"all is well": {
			lines: events("a", "b", "c", "d"), got: "a b c d", want: stream.Result{Lines: 4, Sent: 4},
		},
		"a line is bad": {
			lines: events("a", "{", "c"), got: "a", bad: "2", err: stream.ErrBad, want: stream.Result{Lines: 2, Sent: 1, Bad: 1, Next: 3},
		},
		"a line is bad, and the rest goes on": {
			lines: events("a", "{", "", "connect", "c"), keepGoing: true, got: "a c", bad: "2 3 4", err: stream.ErrBad, want: stream.Result{Lines: 5, Sent: 2, Bad: 3},
		},
		"the backend refuses one": {
			lines: events("a", "b", "c", "d"), at: map[string]error{"b": refused}, got: "a c", bad: "2", err: stream.ErrBad, want: stream.Result{Lines: 3, Sent: 2, Bad: 1, Next: 4},
		},
		"the backend refuses one, and the rest goes on": {
			lines: events("a", "{", "b", "c", "d"), at: map[string]error{"b": refused}, keepGoing: true, got: "a c d", bad: "2 3", err: stream.ErrBad, want: stream.Result{Lines: 5, Sent: 3, Bad: 2},
		},
		"the connection breaks": {
			lines: events("a", "b", "c", "d", "e", "f", "g"), at: map[string]error{"e": errBroken}, keepGoing: true, got: "a b c d", err: errBroken,
			want: stream.Result{Lines: 6, Sent: 4, Doubt: 1, Unsent: 1, Next: 6},
		},
		"the connection breaks behind bad lines": {
			lines: events("{", "a", "{", "b", "{", "c", "d", "e"), at: map[string]error{"b": errBroken}, keepGoing: true, got: "a", bad: "1 3 5", err: errBroken,
			want: stream.Result{Lines: 6, Sent: 1, Bad: 3, Doubt: 1, Unsent: 1, Next: 6},
		},
	} {
		got, bad, r, err := perform(t, c.at, stream.Config{KeepGoing: c.keepGoing}, c.lines...)
		r.Elapsed = 0
		if strings.Join(got, " ") != c.got || strings.Join(bad, " ") != c.bad || r != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s:\nreceived %v, bad lines %v\n%+v\n%v\nwant %s, bad lines %s\n%+v\n%v", name, got, bad, r, err, c.got, c.bad, c.want, c.err)
		}
	}
}

// twoQueues is a cluster whose servers look at their own channel after that of all
// servers: between the two there is no order.
type twoQueues struct{ *emittertest.Cluster }

func (c twoQueues) SendAll(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) error {
	for _, own := range []bool{false, true} {
		for i, req := range reqs {
			if own == (req.Server != "") {
				servers[i], errs[i] = c.Send(ctx, req)
			}
		}
	}
	return errors.Join(errs...)
}

// Where an operation goes to another channel, the servers have taken what was before.
func TestOrderBetweenChannels(t *testing.T) {
	cluster := twoQueues{emittertest.NewCluster(2)}
	socket := cluster.Connect(1, "/", "x")
	lines := strings.Join([]string{
		`{"op":"emit","event":"too early","to":["y"]}`,
		`{"op":"join","rooms":["y"],"socket":"` + socket.ID + `"}`,
		`{"op":"emit","event":"1","to":["y"]}`,
		`{"op":"leave","rooms":["y"],"server":"` + socket.Server + `","to":["x"]}`,
		`{"op":"emit","event":"too late","to":["y"]}`,
		`{"op":"emit","event":"2","server":"` + socket.Server + `"}`,
		`{"op":"emit","event":"3"}`,
	}, "\n")
	r, err := stream.Run(t.Context(), strings.NewReader(lines), stream.Config{Driver: cluster, Emitter: emitter.New(cluster), Batch: []emitter.BatchOption{emitter.Window(0)}})
	var got []string
	for _, e := range socket.Received() {
		got = append(got, e.Name)
	}
	if err != nil || r.Sent != 7 || strings.Join(got, " ") != "1 2 3" {
		t.Errorf("received %v, %+v, %v", got, r, err)
	}
}

// What clients do not answer is a warning, and ends nothing.
func TestAckedWarning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // servers wait 5 s for an answer
		cluster := emittertest.NewCluster(1)
		silent := cluster.Connect(0, "/")
		lines := `{"op":"emit","event":"1"}` + "\n" + `{"op":"emit","event":"2"}`
		r, err := stream.Run(t.Context(), strings.NewReader(lines), stream.Config{
			Driver: cluster, Emitter: emitter.New(cluster), Batch: []emitter.BatchOption{emitter.Window(1), emitter.Acked()},
		})
		if err != nil || r.Sent != 2 || !errors.Is(r.Warning, emitter.ErrAckTimeout) || len(silent.Received()) != 2 {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

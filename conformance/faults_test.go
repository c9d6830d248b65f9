package conformance

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"testing"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/conformance/internal/cases"
	"github.com/sioxide/emitter/conformance/internal/cluster"
	"github.com/sioxide/emitter/conformance/internal/rustserver"
	"github.com/sioxide/emitter/protocol"
)

// faults are mistakes that an emitter could make, each with a case that must fail because of it. They change one
// request into those that are sent.
var faults = []struct {
	name  string
	fails string
	turn  func(*protocol.Request) []*protocol.Request
}{
	{"sends nothing", "emit to all of a namespace", func(*protocol.Request) []*protocol.Request { return nil }},
	{"sends twice", "to one room", func(r *protocol.Request) []*protocol.Request {
		again := r.Clone()
		again.ID = protocol.NewID()
		return []*protocol.Request{r, again}
	}},
	{"forgets the rooms", "to one room", changing(func(r *protocol.Request) { r.Opts.Rooms = nil })},
	{"keeps the first room only", "to several rooms, chained", changing(func(r *protocol.Request) {
		r.Opts.Rooms = r.Opts.Rooms[:1]
	})},
	{"forgets except", "to a room, except another", changing(func(r *protocol.Request) { r.Opts.Except = nil })},
	{"takes to for except", "except a room", changing(func(r *protocol.Request) {
		r.Opts.Rooms, r.Opts.Except = r.Opts.Except, r.Opts.Rooms
	})},
	{"forgets the broadcast flag", "emit to all of a namespace", changing(func(r *protocol.Request) { r.Opts.Flags = 0 })},
	{"forgets the socket", "ExceptSocket", changing(func(r *protocol.Request) { r.Opts.Sid = protocol.ID{} })},
	{"forgets the server", "ToServer", changing(func(r *protocol.Request) { r.Server = "" })},
	{"forgets the prefix", "another prefix", changing(func(r *protocol.Request) { r.Prefix = emitter.DefaultPrefix })},
	{"forgets the namespace", "a dynamic namespace", changing(func(r *protocol.Request) {
		r.Namespace, r.Packet.Namespace = "/", "/"
	})},
	{"joins on every server", "join: one socket, on its own server", changing(func(r *protocol.Request) { r.Server = "" })},
	{"joins the first room only", "join: several rooms at once", changing(func(r *protocol.Request) {
		if r.Type == protocol.AddSockets {
			r.Rooms = r.Rooms[:1]
		}
	})},
	{"never leaves", "leave: all that match", dropping(protocol.DelSockets)},
	{"never disconnects", "disconnect: a room", dropping(protocol.DisconnectSockets)},
	{"disconnects too many", "disconnect: a room, except another", changing(func(r *protocol.Request) {
		if r.Type == protocol.DisconnectSockets {
			r.Opts.Except = nil
		}
	})},
	{"loses every hundredth", "500 events keep their order", losing(100)},
}

// TestJudgeSeesFaults shows that the cases can fail.
func TestJudgeSeesFaults(t *testing.T) {
	requireTools(t)
	config := cluster.Config{Kind: cluster.OnRedis, Set: rustserver.Current, Driver: rustserver.Redis, Clients: clientsScript}
	c := start(t, config)
	good := newRedisDriver(t, c)
	for i, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			wantFailure(t, c, fault.fails, faulty{good, fault.turn}, fmt.Sprint("fault-", i))
		})
	}
}

func caseNamed(t *testing.T, name string) cases.Case {
	all := cases.All()
	i := slices.IndexFunc(all, func(c cases.Case) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("there is no case %q", name)
	}
	return all[i]
}

// faulty is a driver that makes a mistake.
type faulty struct {
	emitter.Driver
	turn func(*protocol.Request) []*protocol.Request
}

func (f faulty) Send(ctx context.Context, req *protocol.Request) (int, error) {
	for _, r := range f.turn(req.Clone()) {
		if n, err := f.Driver.Send(ctx, r); err != nil {
			return n, err
		}
	}
	return -1, nil
}

func changing(change func(*protocol.Request)) func(*protocol.Request) []*protocol.Request {
	return func(r *protocol.Request) []*protocol.Request {
		change(r)
		return []*protocol.Request{r}
	}
}

func dropping(kind protocol.Type) func(*protocol.Request) []*protocol.Request {
	return func(r *protocol.Request) []*protocol.Request {
		if r.Type == kind {
			return nil
		}
		return []*protocol.Request{r}
	}
}

func losing(every int) func(*protocol.Request) []*protocol.Request {
	sent := 0
	return func(r *protocol.Request) []*protocol.Request {
		sent++
		if sent%every == 0 {
			return nil
		}
		return []*protocol.Request{r}
	}
}

// witness is a testing.TB that keeps what failed to itself.
type witness struct {
	testing.TB
	failures []string
}

// failuresOf plays a case and returns what it complains of.
func failuresOf(t *testing.T, one cases.Case, w cases.World, run string) []string {
	seen := &witness{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		one.Play(seen, w, run)
	}()
	<-done
	return seen.failures
}

func (w *witness) Error(args ...any)                 { w.failures = append(w.failures, fmt.Sprint(args...)) }
func (w *witness) Errorf(format string, args ...any) { w.Error(fmt.Sprintf(format, args...)) }

func (w *witness) Fatal(args ...any) {
	w.Error(args...)
	runtime.Goexit()
}

func (w *witness) Fatalf(format string, args ...any) { w.Fatal(fmt.Sprintf(format, args...)) }

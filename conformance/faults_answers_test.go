package conformance

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/conformance/internal/cases"
	"github.com/sioxide/emitter/conformance/internal/cluster"
	"github.com/sioxide/emitter/conformance/internal/rustserver"
	"github.com/sioxide/emitter/protocol"
)

// answerFaults are mistakes with answers, each with a case that must fail because of it.
var answerFaults = []struct {
	name  string
	fails string
	turn  func(*protocol.Response)
}{
	{"loses a socket of each list", "sockets: all of a namespace", func(r *protocol.Response) { r.Sockets = r.Sockets[1:] }},
	{"takes one server for another", "sockets: all of a namespace", func(r *protocol.Response) {
		for i := range r.Sockets {
			r.Sockets[i].Server = protocol.NewID()
		}
	}},
	{"loses the rooms", "rooms: of all selections", func(r *protocol.Response) { r.Rooms = nil }},
	{"takes one asked server for another", "servers", func(r *protocol.Response) { r.Server = protocol.NewID() }},
	{"takes answers for timeouts", "ack: from all sockets over two servers", func(r *protocol.Response) {
		if r.Ack != nil {
			r.Ack.Err = protocol.AckTimedOut
		}
	}},
	{"overlooks that a socket has left", "ack: a client that leaves in the middle", func(r *protocol.Response) {
		if r.Ack != nil {
			r.Ack.Err = protocol.AckOK
		}
	}},
	{"takes one socket for another", "ack: from one socket", func(r *protocol.Response) {
		if r.Ack != nil {
			r.Ack.Socket = protocol.NewID()
		}
	}},
}

// TestJudgeSeesFaultyAnswers shows that the cases that ask can fail.
func TestJudgeSeesFaultyAnswers(t *testing.T) {
	requireTools(t)
	config := cluster.Config{Kind: cluster.OnRedis, Set: rustserver.Current, Driver: rustserver.Redis, Clients: clientsScript}
	c := start(t, config)
	good, ok := newRedisDriver(t, c).(emitter.Listener)
	if !ok {
		t.Fatal("redisdriver brings no answers back")
	}
	for i, fault := range answerFaults {
		t.Run(fault.name, func(t *testing.T) {
			wantFailure(t, c, fault.fails, misheard{good, fault.turn}, fmt.Sprint("answers-", i))
		})
	}
	t.Run("sends an event only with the next one", func(t *testing.T) {
		wantFailure(t, c, "Sync: all that was sent has been handled", &late{Listener: good}, "late")
	})
}

// wantFailure wants the case of that name to fail with d.
func wantFailure(t *testing.T, c *cluster.Cluster, name string, d emitter.Driver, run string) {
	failures := failuresOf(t, caseNamed(t, name), c.World(d, cases.Answers), run)
	if len(failures) == 0 {
		t.Errorf("case %q passed with a faulty driver", name)
	}
	t.Log(strings.Join(failures, "\n"))
}

// misheard is a driver that changes what it hears.
type misheard struct {
	emitter.Listener
	turn func(*protocol.Response)
}

func (m misheard) Listen(ctx context.Context, req *protocol.Request, sink func(protocol.Response)) (func(), error) {
	return m.Listener.Listen(ctx, req, func(res protocol.Response) {
		m.turn(&res)
		sink(res)
	})
}

// late is a driver that sends an event only when the next one comes.
type late struct {
	emitter.Listener
	kept *protocol.Request
}

func (l *late) Send(ctx context.Context, req *protocol.Request) (int, error) {
	if req.Type != protocol.Broadcast {
		return l.Listener.Send(ctx, req)
	}
	kept := l.kept
	l.kept = req.Clone()
	if kept == nil {
		return -1, nil
	}
	return l.Listener.Send(ctx, kept)
}

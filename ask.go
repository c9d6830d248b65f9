package emitter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sioxide/emitter/protocol"
)

// Server is one server process that serves a namespace.
type Server struct {
	ID  string
	RTT time.Duration // from sending the question to the answer
}

// Sockets lists the selected sockets, each once, ordered by id. When not every
// server answers in time it returns what arrived together with an ErrTimeout; no
// server at all is ErrNoServers.
func (e Emitter) Sockets(ctx context.Context) ([]Socket, error) {
	var found []Socket
	err := e.query(ctx, "list sockets", protocol.FetchSockets, func(res *protocol.Response) {
		for _, s := range res.Sockets {
			found = append(found, e.socket(s))
		}
	})
	slices.SortFunc(found, func(a, b Socket) int { return cmp.Compare(a.ID, b.ID) })
	return slices.CompactFunc(found, func(a, b Socket) bool { return a.ID == b.ID }), err
}

// Rooms lists the rooms that the selected sockets are in, sorted. When not every
// server answers in time it returns what arrived together with an ErrTimeout; no
// server at all is ErrNoServers.
func (e Emitter) Rooms(ctx context.Context) ([]string, error) {
	var rooms []string
	err := e.query(ctx, "list rooms", protocol.AllRooms, func(res *protocol.Response) {
		rooms = append(rooms, res.Rooms...)
	})
	slices.Sort(rooms)
	return slices.Compact(rooms), err
}

// Servers lists the servers that serve the namespace, ordered by id; of the
// selection only ToServer counts. They are found by a question that leaves no
// trace. When not every server answers in time it returns those that did together
// with an ErrTimeout; no server at all is ErrNoServers.
func (e Emitter) Servers(ctx context.Context) ([]Server, error) {
	var servers []Server
	probe := e.probing(e.server)
	start := time.Now()
	err := probe.query(ctx, "list servers", protocol.AllRooms, func(res *protocol.Response) {
		servers = append(servers, Server{ID: res.Server.String(), RTT: time.Since(start)})
	})
	slices.SortFunc(servers, func(a, b Server) int { return cmp.Compare(a.ID, b.ID) })
	return servers, err
}

// probing returns an emitter whose AllRooms is a probe: it selects a room that
// nobody has, so that each server answers at once with no rooms.
func (e *Emitter) probing(server string) Emitter {
	p := e.bare()
	p.server, p.room = server, protocol.NewID().String()
	return p
}

// bare returns the emitter without its selection.
func (e *Emitter) bare() Emitter {
	return Emitter{core: e.core, route: e.route, prefix: e.prefix, namespace: e.namespace, parser: e.parser, timeout: e.timeout, timed: e.timed, err: e.err}
}

// findServer returns nil once a server has answered a probe.
func (e *Emitter) findServer(ctx context.Context) error {
	probe := e.probing(e.server)
	q, err := probe.start(ctx, protocol.AllRooms, func(*protocol.Response) bool { return true })
	if err == nil {
		err = q.wait()
	}
	if errors.Is(err, ErrTimeout) && ctx.Err() == nil {
		return fmt.Errorf("%w: none answered a probe: %w", e.noServers(), err)
	}
	return err
}

// noServers is the error for a channel that nobody listens on.
func (e *Emitter) noServers() error {
	where := ""
	if e.server != "" {
		where = fmt.Sprintf(", server %q", e.server)
	}
	return refuse(ErrNoServers, "prefix %s, namespace %s%s", quote(e.prefix), quote(e.namespace), where)
}

// query asks a question that each server answers once.
func (e *Emitter) query(ctx context.Context, op string, t protocol.Type, take func(*protocol.Response)) error {
	q, err := e.start(ctx, t, func(res *protocol.Response) bool { take(res); return false })
	if err == nil {
		err = q.wait()
	} else {
		err = NotSent(err)
	}
	if err != nil {
		return &opError{op: op, where: "in", namespace: e.namespace, err: err}
	}
	return nil
}

// start asks without waiting. take sees each answer, one at a time, until it
// returns true or the question ends.
func (e *Emitter) start(ctx context.Context, t protocol.Type, take func(*protocol.Response) (enough bool)) (*question, error) {
	wait, err := e.readyToAsk(ctx, answerWait, 0)
	if err != nil {
		return nil, err
	}
	o := operations.Get().(*operation)
	defer o.release()
	e.address(o, t)
	o.req.Count = true
	if err := e.checkSize(&o.req); err != nil {
		return nil, err
	}
	want := kindOf(t)
	var q *question
	q = e.newQuestion(ctx, wait, func(res *protocol.Response) int {
		if res.Kind == want && take(res) {
			q.endLocked(nil)
		}
		return 0
	})
	_ = q.ask(e.route, &o.req) // the question has ended with the error
	return q, nil
}

func kindOf(t protocol.Type) protocol.Kind {
	if t == protocol.FetchSockets {
		return protocol.KindSockets
	}
	return protocol.KindRooms
}

// readyToAsk checks the emitter and returns how long to wait: Timeout, or the time
// given for where there is none, and slack, but never beyond the context's
// deadline.
func (e *Emitter) readyToAsk(ctx context.Context, otherwise, slack time.Duration) (time.Duration, error) {
	if err := e.ready(ctx); err != nil {
		return 0, err
	}
	if e.route.listener == nil {
		return 0, refuse(ErrUnsupported, "the driver can't bring answers back; use one that is a Listener")
	}
	d, err := e.ackTimeout(ctx)
	if err != nil {
		return 0, err
	}
	if d == 0 {
		d = otherwise
	}
	return d + slack, nil
}

// ackTimeout is the time set by Timeout, shortened by the context's deadline; 0
// where none is set.
func (e *Emitter) ackTimeout(ctx context.Context) (time.Duration, error) {
	d := e.timeout
	if deadline, ok := ctx.Deadline(); ok {
		left := time.Until(deadline)
		if left < time.Millisecond {
			return 0, refuse(ErrTimeout, "the context's deadline is %v away, at least 1 ms is needed", left)
		}
		if e.timed {
			d = min(d, left)
		}
	}
	if e.timed && d < time.Millisecond {
		return 0, refuse(ErrTimeout, "Timeout(%v): at least 1 ms is needed", e.timeout)
	}
	return d, nil
}

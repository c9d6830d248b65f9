// Package probe asks the servers of a cluster a question that leaves no trace: which
// rooms are the members of a room in, that nobody has. Each server answers at once,
// with none (docs/protocol.md, "A response").
package probe

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// Form is how the question is written.
type Form int

const (
	// Plain is the form that every server takes.
	Plain Form = iota
	// Seven is an array of seven, with an ack timeout: servers before
	// socketioxide-core 0.20 drop it and log a warning.
	Seven
)

// Outcome is what came of a probe.
type Outcome struct {
	Answered map[string]time.Duration
	Listen   error // why answers can't come back
	Send     error // why the question could not be sent
}

// Servers lists those who answered, ordered.
func (o Outcome) Servers() []string {
	ids := make([]string, 0, len(o.Answered))
	for id := range o.Answered {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// Slowest is the longest round trip.
func (o Outcome) Slowest() (d time.Duration) {
	for _, rtt := range o.Answered {
		d = max(d, rtt)
	}
	return d
}

// Question is what to ask whom.
type Question struct {
	Prefix, Namespace string
	Form              Form
	Want              int           // answers after which to wait no longer; below 0 for all of Wait
	Wait              time.Duration // at most
}

// Ask asks the servers of a namespace. It sends also where answers can't come back,
// to learn whether that is allowed.
func Ask(ctx context.Context, d emitter.Driver, q Question) Outcome {
	req := &protocol.Request{
		Prefix: q.Prefix, Namespace: q.Namespace, Node: node, ID: protocol.NewID(),
		Type: protocol.AllRooms, Opts: protocol.Opts{Rooms: []string{protocol.NewID().String()}},
	}
	if q.Form == Seven {
		req.Raw = seven(req)
	}
	ctx, cancel := context.WithTimeout(ctx, q.Wait)
	defer cancel()
	a := &answers{seen: make(map[string]time.Duration), more: make(chan struct{}, 1)}
	var o Outcome
	listener, ok := d.(emitter.Listener)
	if !ok {
		o.Listen = errors.New("the driver brings no answers back")
	} else {
		var stop func()
		if stop, o.Listen = listener.Listen(ctx, req, a.take); o.Listen == nil {
			defer stop()
		}
	}
	a.begin()
	if _, o.Send = d.Send(ctx, req); o.Listen == nil && !emitter.SafeToRetry(o.Send) {
		a.wait(ctx, q.Want)
	}
	o.Answered = a.all()
	return o
}

// node is who asks, one for the process.
var node = protocol.NewNodeID()

// seven writes req as an array of seven. The arrays of six of a request begin with
// 0x96, and 1,000 ms in msgpack is 0xcd 0x03 0xe8.
func seven(req *protocol.Request) []byte {
	raw := req.AppendMsgpack(nil)
	raw[0] = 0x97
	return append(raw, 0xcd, 0x03, 0xe8)
}

// answers gathers who has answered.
type answers struct {
	mu    sync.Mutex
	start time.Time
	seen  map[string]time.Duration
	more  chan struct{}
}

func (a *answers) begin() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.start = time.Now()
}

func (a *answers) take(res protocol.Response) {
	if res.Kind != protocol.KindRooms {
		return
	}
	a.mu.Lock()
	if _, again := a.seen[res.Server.String()]; !again {
		a.seen[res.Server.String()] = time.Since(a.start)
	}
	a.mu.Unlock()
	select {
	case a.more <- struct{}{}:
	default:
	}
}

// wait returns when want have answered; a negative number waits for ctx.
func (a *answers) wait(ctx context.Context, want int) {
	for want < 0 || len(a.all()) < want {
		select {
		case <-a.more:
		case <-ctx.Done():
			return
		}
	}
}

func (a *answers) all() map[string]time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	seen := make(map[string]time.Duration, len(a.seen))
	for id, rtt := range a.seen {
		seen[id] = rtt
	}
	return seen
}

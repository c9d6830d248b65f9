package rueidisdriver

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/redis/rueidis"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/answers"
	"github.com/sioxide/emitter/protocol"
)

var (
	_ emitter.BulkDriver = (*Driver)(nil)
	_ emitter.WireDriver = (*Driver)(nil)
	_ emitter.Windower   = (*Driver)(nil)
)

// Driver publishes on a client of rueidis. Concurrent calls of Send share round
// trips. It is safe for concurrent use.
type Driver struct {
	sender    *sender
	coalescer *emitter.Coalescer
	answers   *answers.Listener
	err       error // what New found wrong; returned by each call
	closed    atomic.Bool
}

// New makes a driver on client, which must outlive it and is never closed by it. A
// nil client gives emitter.ErrNoDriver from each call of Send.
func New(client rueidis.Client, opts ...Option) *Driver {
	if client == nil {
		return &Driver{err: fmt.Errorf("%w: New was given a nil client", emitter.ErrNoDriver)}
	}
	config := configOf(opts)
	sharded, err := isSharded(client, config)
	if err != nil {
		return &Driver{err: err}
	}
	s := newSender(client, sharded)
	return &Driver{
		sender: s, coalescer: emitter.NewCoalescer(s),
		answers: answers.New(subscriber{s}, config.logger),
	}
}

// Close ends the driver, its subscriptions and every question that waits, but not
// the client: they and later calls return emitter.ErrClosed. It may be called more
// than once.
func (d *Driver) Close() error {
	if d == nil || d.err != nil {
		return nil
	}
	d.closed.Store(true)
	d.answers.Close()
	return nil
}

// Window tells how much may wait in a server's queue: socketioxide-redis's redis
// driver holds 1,024 messages, of which 512 in one go always arrive, its fred
// driver 32.
func (d *Driver) Window() (events, bytes int) {
	if d.sender != nil && d.sender.sharded {
		return 20, 4 << 20
	}
	return 100, 4 << 20
}

func (d *Driver) ready() error {
	if d == nil {
		return prefixed(emitter.NotSent(emitter.ErrNoDriver))
	}
	if d.err != nil {
		return prefixed(emitter.NotSent(d.err))
	}
	if d.closed.Load() {
		return prefixed(emitter.NotSent(emitter.ErrClosed))
	}
	return nil
}

// Send publishes req. The number of servers is told for a request with Count, for
// one that is answered, and always with SPUBLISH; otherwise it is -1, as the reply
// of PUBLISH counts pattern subscribers too.
func (d *Driver) Send(ctx context.Context, req *protocol.Request) (int, error) {
	if err := d.ready(); err != nil {
		return -1, err
	}
	if err := ctx.Err(); err != nil {
		return -1, prefixed(emitter.NotSent(err))
	}
	if req.Raw != nil {
		servers, err := d.coalescer.Send(ctx, req)
		return servers, prefixed(err)
	}
	if needsFreshness(req) {
		if err := d.sender.freshen(ctx, req); err != nil {
			return -1, prefixed(err)
		}
	}
	w := wires.Get().(*wire)
	w.encode(req)
	servers, err := d.coalescer.Send(ctx, &w.req)
	if err != nil {
		return servers, prefixed(err) // the client may still hold the bytes: they are left to the collector
	}
	w.release()
	return servers, nil
}

// SendsWire tells a Batch that the wire form of a request is enough.
func (*Driver) SendsWire() {}

// SendAll publishes reqs in pipelines of at most 4 MiB, one after another, on a
// Redis Cluster for each node. When a pipeline fails because of its connection or
// ctx, what was to follow on that node is not sent.
func (d *Driver) SendAll(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) error {
	err := d.ready()
	if err == nil && ctx.Err() != nil {
		err = prefixed(emitter.NotSent(ctx.Err()))
	}
	if err != nil {
		for i := range reqs {
			servers[i], errs[i] = -1, err
		}
		return err
	}
	d.sender.sendAll(ctx, reqs, servers, errs)
	return prefixAll(errs[:len(reqs)])
}

// wire is a request in its wire form, with the bytes in a pooled buffer.
type wire struct{ req protocol.Request }

// maxPooledWire keeps a rare large message from staying in memory for ever.
const maxPooledWire = 1 << 20

var wires = sync.Pool{New: func() any { return new(wire) }}

func (w *wire) encode(req *protocol.Request) {
	w.req = protocol.Request{
		Prefix: req.Prefix, Namespace: req.Namespace, Server: req.Server,
		Count: isCounted(req),
		Raw:   req.AppendMsgpack(w.req.Raw[:0]),
	}
}

func (w *wire) release() {
	if cap(w.req.Raw) > maxPooledWire {
		return
	}
	w.req = protocol.Request{Raw: w.req.Raw}
	wires.Put(w)
}

// isCounted tells whether the number of servers must be known: for a question it
// is how many will answer.
func isCounted(req *protocol.Request) bool {
	return req.Count || req.Raw == nil && req.Type.IsAnswered()
}

package natsdriver

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/nats-io/nats.go"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/answers"
	"github.com/sioxide/emitter/driver/presence"
	"github.com/sioxide/emitter/protocol"
)

var (
	_ emitter.BulkDriver = (*Driver)(nil)
	_ emitter.WireDriver = (*Driver)(nil)
	_ emitter.Windower   = (*Driver)(nil)
)

// Driver publishes on a connection of nats.go. Concurrent calls of Send share round
// trips. It is safe for concurrent use.
type Driver struct {
	sender    *sender
	coalescer *emitter.Coalescer
	answers   *answers.Listener
	book      *presence.Book
	err       error // what New found wrong; returned by each call
	closed    atomic.Bool
}

// New makes a driver on conn, which must outlive it and is never closed by it. A nil
// conn gives emitter.ErrNoDriver from each call of Send.
func New(conn *nats.Conn, opts ...Option) *Driver {
	if conn == nil {
		return &Driver{err: fmt.Errorf("%w: New was given a nil connection", emitter.ErrNoDriver)}
	}
	s, book, config := newSender(conn), new(presence.Book), configOf(opts)
	listens := &subscriber{client: conn, config: config, book: book, node: protocol.NewNodeID(), pending: maxPending}
	return &Driver{
		sender: s, coalescer: emitter.NewCoalescer(s),
		answers: answers.New(listens, config.logger), book: book,
	}
}

// Close ends the driver, its subscriptions and every question that waits, but not the
// connection: they and later calls return emitter.ErrClosed. It may be called more
// than once.
func (d *Driver) Close() error {
	if d == nil || d.err != nil || d.closed.Swap(true) {
		return nil
	}
	d.answers.Close()
	d.sender.responders.close()
	return nil
}

// Window tells how much may wait in a server's queue.
func (*Driver) Window() (events, bytes int) { return 100, 4 << 20 }

func (d *Driver) ready(ctx context.Context) error {
	err := emitter.ErrNoDriver
	switch {
	case d == nil:
	case d.err != nil:
		err = d.err
	case d.closed.Load():
		err = emitter.ErrClosed
	default:
		err = ctx.Err()
	}
	return emitter.NotSent(err)
}

// Send publishes req and returns once the server has said that it took it. For a
// question it returns 0 when NATS says that nobody listens, otherwise how many servers
// were heard of, and -1 while there are none.
func (d *Driver) Send(ctx context.Context, req *protocol.Request) (int, error) {
	err := d.ready(ctx)
	if err == nil {
		err = d.refuse(req)
	}
	if err != nil {
		return -1, prefixed(err)
	}
	w := wires.Get().(*wire)
	w.encode(req)
	servers, err := d.coalescer.Send(ctx, &w.req)
	if err != nil {
		return -1, prefixed(err) // the client may still hold the bytes: they are left to the collector
	}
	w.release()
	return d.servers(req, servers), nil
}

// SendsWire tells a Batch that the wire form of a request is enough.
func (*Driver) SendsWire() {}

// SendAll publishes reqs in order, with a round trip for each 1,024 of them or 1 MiB.
// When one of these fails because of the connection or ctx, what was to follow is not
// sent.
func (d *Driver) SendAll(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) error {
	if err := d.ready(ctx); err != nil {
		for i := range reqs {
			servers[i], errs[i] = -1, prefixed(err)
		}
		return errOf(errs[:len(reqs)])
	}
	for i, req := range reqs {
		errs[i] = d.refuse(req)
	}
	d.sender.sendAll(ctx, reqs, servers, errs)
	for i, req := range reqs {
		if errs[i] = prefixed(errs[i]); errs[i] == nil {
			servers[i] = d.servers(req, servers[i])
		}
	}
	return errOf(errs[:len(reqs)])
}

// refuse finds the request whose servers must be counted while none was heard of.
func (d *Driver) refuse(req *protocol.Request) error {
	if !req.Count || isAnswered(req) || d.known(req) > 0 {
		return nil
	}
	return emitter.NotSent(errNoCount)
}

// servers is how many servers take req: none if NATS has told so, otherwise those that
// were heard of.
func (d *Driver) servers(req *protocol.Request, told int) int {
	switch {
	case told == 0:
		d.forget(req)
		return 0
	case isAnswered(req) && req.Server != "": // it is one, if it is there
		return -1
	case !isAnswered(req) && !req.Count:
		return -1
	}
	if n := d.known(req); n > 0 {
		return n
	}
	return -1
}

func isAnswered(req *protocol.Request) bool { return req.Raw == nil && req.Type.IsAnswered() }

// wire is a request in its wire form, with the bytes in a pooled buffer.
type wire struct {
	req protocol.Request
	buf []byte
}

// maxPooledWire keeps a rare large message from staying in memory for ever.
const maxPooledWire = 1 << 20

var wires = sync.Pool{New: func() any { return new(wire) }}

func (w *wire) encode(req *protocol.Request) {
	w.req = protocol.Request{
		Prefix: req.Prefix, Namespace: req.Namespace, Server: req.Server,
		Count: req.Count, Raw: req.Raw,
	}
	if req.Raw == nil {
		w.req.Type = req.Type
		w.buf = req.AppendMsgpack(w.buf[:0])
		w.req.Raw = w.buf
	}
}

func (w *wire) release() {
	w.req = protocol.Request{}
	if cap(w.buf) <= maxPooledWire {
		wires.Put(w)
	}
}

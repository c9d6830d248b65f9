package mongodriver

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/answers"
	"github.com/sioxide/emitter/protocol"
)

var (
	_ emitter.BulkDriver = (*Driver)(nil)
	_ emitter.Windower   = (*Driver)(nil)
	_ emitter.Rosterer   = (*Driver)(nil)
)

// Collection is the collection that servers use unless they are given another one
// (socketioxide-mongodb 0.1.5, src/lib.rs: MongoDbAdapterConfig).
const Collection = "socket.io-adapter"

// defaultPrefix is the only one: MongoDB's servers have none.
const defaultPrefix = "socket.io"

// Driver inserts into a collection. Concurrent calls of Send share round trips. It
// is safe for concurrent use, apart from a session in their contexts.
type Driver struct {
	sender    sender // of one caller's requests, in order
	coalescer *emitter.Coalescer
	answers   *answers.Listener
	rosters   *rosters
	err       error // what New found wrong; returned by each call
	closed    atomic.Bool
}

// New makes a driver on c, the collection that the servers were given. Its client
// must outlive the driver and is never ended by it. A nil c gives
// emitter.ErrNoDriver from each call of Send.
func New(c *mongo.Collection, opts ...Option) *Driver {
	if c == nil {
		return &Driver{err: fmt.Errorf("%w: New was given a nil collection", emitter.ErrNoDriver)}
	}
	r := new(rosters)
	log := configOf(opts).logger
	return &Driver{
		sender:    sender{collection: c, ordered: true},
		coalescer: emitter.NewCoalescer(&sender{collection: c}),
		answers:   answers.New(newWatcher(c, r, log), log),
		rosters:   r,
	}
}

// Close ends the driver, its change stream and every question that waits, but not
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

// Window tells how much may be under way: a server reads its change stream as fast
// as it can and keeps nothing else back, so that the limit is what it holds for each
// client, 128 packets. Documents are up to twelve times as long as their messages,
// and a reply of a change stream carries 16 MiB of them.
func (d *Driver) Window() (events, bytes int) { return 100, 1 << 20 }

// Roster returns the servers heard of in a namespace.
func (d *Driver) Roster(_, namespace string) *emitter.Roster {
	if d == nil || d.err != nil {
		return new(emitter.Roster)
	}
	return d.rosters.of(namespace)
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

// refuse finds the requests that MongoDB can't carry.
func refuse(ctx context.Context, req *protocol.Request) error {
	isAnswered := req.Raw == nil && req.Type.IsAnswered()
	switch {
	case req.Prefix != defaultPrefix:
		return emitter.NotSent(fmt.Errorf("%w: prefix %q: MongoDB has no prefix: use another collection", emitter.ErrUnsupported, req.Prefix))
	case isAnswered && inSession(ctx):
		return emitter.NotSent(errAskInSession)
	case req.Count && !isAnswered:
		return emitter.NotSent(fmt.Errorf("%w: MongoDB does not tell how many servers there are", emitter.ErrUnsupported))
	}
	return nil
}

var errAskInSession = fmt.Errorf("%w: the context carries a session, and in a transaction answers come only after it has ended: ask with a context without the session", emitter.ErrUnsupported)

// inSession tells whether what is inserted with ctx may be part of a transaction:
// the client library does not tell whether one has begun.
func inSession(ctx context.Context) bool { return mongo.SessionFromContext(ctx) != nil }

// Send inserts req. For a request that is answered it returns how many servers were
// heard of in the last minute, otherwise, and while there are none, -1.
func (d *Driver) Send(ctx context.Context, req *protocol.Request) (int, error) {
	err := d.ready()
	if err == nil && ctx.Err() != nil {
		err = prefixed(emitter.NotSent(ctx.Err()))
	}
	if err != nil {
		return -1, err
	}
	if err := refuse(ctx, req); err != nil {
		return -1, prefixed(err)
	}
	w := wires.Get().(*wire)
	if err := w.encode(req); err != nil {
		w.release()
		return -1, prefixed(err)
	}
	if inSession(ctx) {
		_, err = d.sender.Send(ctx, &w.req)
	} else {
		_, err = d.coalescer.Send(ctx, &w.req)
	}
	if err != nil {
		return -1, prefixed(err) // a round may still read the bytes: they are left to the collector
	}
	w.release()
	return d.servers(req), nil
}

// servers is how many servers will answer req, as far as they are known.
func (d *Driver) servers(req *protocol.Request) int {
	if req.Raw == nil && req.Type.IsAnswered() && req.Server == "" {
		if n := d.rosters.of(req.Namespace).Len(); n > 0 {
			return n
		}
	}
	return -1
}

// SendAll inserts reqs, in order, at most 1,000 documents and 16 MiB at a time. When
// an insert fails, what was to follow is not sent.
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
	d.sendAll(ctx, reqs, errs[:len(reqs)])
	for i, req := range reqs {
		servers[i] = -1
		if errs[i] == nil {
			servers[i] = d.servers(req)
		}
	}
	return prefixAll(errs[:len(reqs)])
}

// sendAll sends what is not refused.
func (d *Driver) sendAll(ctx context.Context, reqs []*protocol.Request, errs []error) {
	var b batch
	for i, req := range reqs {
		w := wires.Get().(*wire)
		errs[i] = refuse(ctx, req)
		if errs[i] == nil {
			errs[i] = w.encode(req)
		}
		if errs[i] != nil {
			w.release()
			continue
		}
		if b.isFull(w) {
			b.flush(ctx, &d.sender, errs)
		}
		b.add(w, i)
	}
	b.flush(ctx, &d.sender, errs)
}

// wire is a request whose Raw is its document, in a pooled buffer.
type wire struct {
	req  protocol.Request
	data []byte // msgpack
}

// maxPooledWire keeps a rare large message from staying in memory for ever.
const maxPooledWire = 1 << 20

var wires = sync.Pool{New: func() any { return new(wire) }}

func (w *wire) release() {
	if cap(w.req.Raw)+cap(w.data) > maxPooledWire {
		return
	}
	w.req = protocol.Request{Raw: w.req.Raw}
	wires.Put(w)
}

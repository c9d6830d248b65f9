package kafkadriver

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kgo"

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

// Driver produces on a client of franz-go. Concurrent calls of Send share batches. It is
// safe for concurrent use.
type Driver struct {
	sender    *sender // of one caller's requests
	coalescer *emitter.Coalescer
	answers   *answers.Listener
	book      *presence.Book
	err       error // what New found wrong; returned by each call
	closed    atomic.Bool
}

// New makes a driver on client, which must outlive it and is never closed by it. Its
// writes must be idempotent, as they are by default, and its partitioner must keep
// records of one key together; a client with which messages could be lost, come twice or
// overtake each other gives emitter.ErrUnsupported, and a nil one emitter.ErrNoDriver,
// both from each call.
func New(client *kgo.Client, opts ...Option) *Driver {
	if err := checkClient(client); err != nil {
		return &Driver{err: err}
	}
	log, book, s := configOf(opts).logger, new(presence.Book), newSender(client)
	return &Driver{
		sender: s, coalescer: emitter.NewCoalescer(s), book: book,
		answers: answers.New(newReaders(client, book, log), log),
	}
}

// Close ends the driver and every question that waits, but not the client: they and
// later calls return emitter.ErrClosed. It may be called more than once.
func (d *Driver) Close() error {
	if d == nil || d.err != nil {
		return nil
	}
	d.closed.Store(true)
	d.answers.Close()
	return nil
}

// Window tells how much may be under way: Kafka keeps what a server has not read, so
// that the limit is what a server holds for each client, 128 packets.
func (d *Driver) Window() (events, bytes int) { return 100, 4 << 20 }

func (d *Driver) ready(ctx context.Context) error {
	switch {
	case d == nil:
		return prefixed(emitter.NotSent(emitter.ErrNoDriver))
	case d.err != nil:
		return prefixed(emitter.NotSent(d.err))
	case d.closed.Load():
		return prefixed(emitter.NotSent(emitter.ErrClosed))
	case ctx.Err() != nil:
		return prefixed(emitter.NotSent(ctx.Err()))
	}
	return nil
}

// refuse finds what Kafka can't do.
func refuse(req *protocol.Request) error {
	if req.Count && (req.Raw != nil || !req.Type.IsAnswered()) {
		return emitter.NotSent(fmt.Errorf("%w: Kafka does not tell how many servers there are", emitter.ErrUnsupported))
	}
	return nil
}

// Send produces req and returns once all in-sync replicas have it. For a request that is
// answered it returns how many servers are there, as far as they were heard of, otherwise
// -1. When ctx ends while the client has sent it and has no answer, the client goes on
// until it has one: the message may still arrive. It ends after the client's
// RecordDeliveryTimeout, or 30 s, in any case.
func (d *Driver) Send(ctx context.Context, req *protocol.Request) (int, error) {
	if err := d.ready(ctx); err != nil {
		return -1, err
	}
	w := wires.Get().(*wire)
	err := refuse(req)
	if err == nil {
		err = w.encode(req)
	}
	if err != nil {
		w.release()
		return -1, prefixed(err)
	}
	for {
		_, err = d.coalescer.Send(ctx, &w.req)
		if err == nil {
			w.release()
			return d.servers(req), nil
		}
		if !errors.Is(err, errOther) || ctx.Err() != nil {
			return -1, prefixed(err)
		}
	}
}

// SendsWire tells a Batch that the wire form of a request is enough.
func (*Driver) SendsWire() {}

// SendAll produces reqs, at most 1,000 at a time, in order per channel.
func (d *Driver) SendAll(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) error {
	for i := range reqs {
		servers[i], errs[i] = -1, nil
	}
	if err := d.ready(ctx); err != nil {
		fill(errs[:len(reqs)], err)
		return err
	}
	errs = errs[:len(reqs)]
	for start := 0; start < len(reqs); start += maxBatch {
		end := min(start+maxBatch, len(reqs))
		if err := ctx.Err(); err != nil {
			fill(errs[start:], emitter.NotSent(err))
			break
		}
		d.sendBatch(ctx, reqs[start:end], errs[start:end])
	}
	for i, req := range reqs {
		if errs[i] == nil {
			servers[i] = d.servers(req)
		}
	}
	return prefixAll(errs)
}

// maxBatch keeps SendAll from filling the client's buffer, which has 10,000 records
// unless it is told otherwise, at once.
const maxBatch = 1000

func (d *Driver) sendBatch(ctx context.Context, reqs []*protocol.Request, errs []error) {
	used, at := make([]*wire, 0, len(reqs)), make([]int, 0, len(reqs))
	raw := make([]*protocol.Request, 0, len(reqs))
	for i, req := range reqs {
		w := wires.Get().(*wire)
		if errs[i] = refuse(req); errs[i] == nil {
			errs[i] = w.encode(req)
		}
		if errs[i] != nil {
			w.release()
			continue
		}
		used, at, raw = append(used, w), append(at, i), append(raw, &w.req)
	}
	if len(used) == 0 {
		return
	}
	for i, err := range d.sender.produce(ctx, recordsOf(raw...)) {
		if err == nil {
			used[i].release()
		}
		errs[at[i]] = err
	}
}

func fill(errs []error, err error) {
	for i := range errs {
		errs[i] = err
	}
}

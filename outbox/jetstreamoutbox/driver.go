package jetstreamoutbox

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/outbox"
	"github.com/sioxide/emitter/protocol"
)

var _ emitter.BulkDriver = (*Driver)(nil)

// headerKey is where package jetstreamsource finds the key.
const headerKey = "Sioxide-Key"

// patience is how long a call waits for JetStream where its context has no deadline.
const patience = 10 * time.Second

// Driver publishes operations into a stream. It is safe for concurrent use.
type Driver struct {
	js     jetstream.JetStream
	stream string
	opts   []outbox.EncodeOption

	mu       sync.Mutex
	subjects subjects // none until they are read
}

// New makes a driver on js, whose connection must outlive it and is never closed by it.
// A nil js gives emitter.ErrNoDriver from each call of Send. The stream is looked at
// when something is sent first.
func New(js jetstream.JetStream, stream string, opts ...outbox.EncodeOption) *Driver {
	return &Driver{js: js, stream: stream, opts: opts}
}

// ready returns the subjects of the stream, asked for once.
func (d *Driver) ready(ctx context.Context) (subjects, error) {
	switch {
	case d == nil || d.js == nil:
		return subjects{}, fmt.Errorf("%w: New was given no JetStream", emitter.ErrNoDriver)
	case ctx.Err() != nil:
		return subjects{}, ctx.Err()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.subjects.n > 0 {
		return d.subjects, nil
	}
	stream, err := d.js.Stream(ctx, d.stream)
	if err != nil {
		return subjects{}, fmt.Errorf("look at stream %q: %w", d.stream, withRemedy(err))
	}
	d.subjects, err = subjectsOf(stream.CachedInfo().Config.Subjects)
	if err != nil {
		err = fmt.Errorf("stream %q: %w", d.stream, err)
	}
	return d.subjects, err
}

// within gives calls without a deadline one.
func within(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, patience)
}

// message is what req is on the wire.
func (d *Driver) message(s subjects, req *protocol.Request) (*nats.Msg, []jetstream.PublishOpt, error) {
	e, err := outbox.Encode(req, d.opts...)
	if err != nil {
		return nil, nil, err
	}
	m := nats.NewMsg(s.of(e.Key))
	m.Data = e.Data
	m.Header.Set(headerKey, url.PathEscape(e.Key))
	return m, []jetstream.PublishOpt{jetstream.WithMsgID(e.ID), jetstream.WithExpectStream(d.stream)}, nil
}

// Send publishes the operation that req is. It returns -1, when the stream has it or it
// failed.
func (d *Driver) Send(ctx context.Context, req *protocol.Request) (int, error) {
	ctx, cancel := within(ctx)
	defer cancel()
	s, err := d.ready(ctx)
	if err != nil {
		return -1, prefixed(emitter.NotSent(err))
	}
	m, opts, err := d.message(s, req)
	if err != nil {
		return -1, prefixed(err)
	}
	_, err = d.js.PublishMsg(ctx, m, opts...)
	return -1, prefixed(failed(m, err))
}

// maxPart is the most messages that SendAll has on their way at once; a JetStream's
// PublishAsyncMaxPending is 4,000 by default.
const maxPart = 500

// SendAll publishes reqs in order, and waits after each 500. Those that the outbox or
// the stream refuses have their own error and do not keep out others.
func (d *Driver) SendAll(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) error {
	var first error
	for from := 0; from < len(reqs); from += maxPart {
		to := min(from+maxPart, len(reqs))
		d.sendPart(ctx, reqs[from:to], errs[from:to])
		for i := from; i < to; i++ {
			if servers[i], errs[i] = -1, prefixed(errs[i]); first == nil {
				first = errs[i]
			}
		}
	}
	return first
}

func (d *Driver) sendPart(ctx context.Context, reqs []*protocol.Request, errs []error) {
	ctx, cancel := within(ctx)
	defer cancel()
	s, err := d.ready(ctx)
	acks := make([]jetstream.PubAckFuture, len(reqs))
	for i, req := range reqs {
		if errs[i] = emitter.NotSent(err); err != nil {
			continue
		}
		var m *nats.Msg
		var opts []jetstream.PublishOpt
		if m, opts, errs[i] = d.message(s, req); errs[i] != nil {
			continue
		}
		var refused error
		if acks[i], refused = d.js.PublishMsgAsync(m, opts...); refused != nil {
			errs[i] = failed(m, refused)
		}
	}
	for i, ack := range acks {
		if ack == nil || errs[i] != nil {
			continue
		}
		select {
		case <-ack.Ok():
		case err := <-ack.Err():
			errs[i] = failed(ack.Msg(), err)
		case <-ctx.Done():
			errs[i] = failed(ack.Msg(), ctx.Err())
		}
	}
}

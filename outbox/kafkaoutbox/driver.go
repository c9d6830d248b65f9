package kafkaoutbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/outbox"
	"github.com/sioxide/emitter/protocol"
)

var _ emitter.BulkDriver = (*Driver)(nil)

// Driver produces operations to a topic. It is safe for concurrent use.
type Driver struct {
	client *kgo.Client
	topic  string
	opts   []outbox.EncodeOption
	err    error // what New found wrong; returned by each call
}

// New makes a driver on client, which must outlive it and is never closed by it. A nil
// client gives emitter.ErrNoDriver, one that is told not to wait for all replicas
// emitter.ErrUnsupported, both from each call of Send.
func New(client *kgo.Client, topic string, opts ...outbox.EncodeOption) *Driver {
	d := &Driver{client: client, topic: topic, opts: opts}
	switch {
	case client == nil:
		d.err = fmt.Errorf("%w: New was given a nil client", emitter.ErrNoDriver)
	case topic == "":
		d.err = errors.New("no name of a topic")
	case client.OptValue(kgo.RequiredAcks) != kgo.AllISRAcks():
		d.err = fmt.Errorf("%w: the client is told not to wait for all replicas; make it without RequiredAcks", emitter.ErrUnsupported)
	}
	return d
}

func (d *Driver) ready(ctx context.Context) error {
	err := emitter.ErrNoDriver
	switch {
	case d == nil:
	case d.err != nil:
		err = d.err
	default:
		err = ctx.Err()
	}
	return emitter.NotSent(err)
}

// Send produces the operation that req is. It returns -1, when all replicas have it or
// it failed. When ctx ends first it may be written still: what the client holds it
// writes, so that no other operation behind it is dropped.
func (d *Driver) Send(ctx context.Context, req *protocol.Request) (int, error) {
	if err := d.ready(ctx); err != nil {
		return -1, prefixed(err)
	}
	p, err := d.produce(req)
	if err == nil {
		err = p.wait(ctx)
	}
	return -1, prefixed(err)
}

// maxPart is the most records that SendAll has the client hold at once; a client's
// MaxBufferedRecords is 10,000 by default.
const maxPart = 1000

// SendAll produces reqs in order, and waits after each 1,000. Those that the outbox or
// the broker refuses have their own error and do not keep out others.
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
	ready := d.ready(ctx)
	waiting := make([]*produced, len(reqs))
	for i, req := range reqs {
		if errs[i] = ready; ready == nil {
			waiting[i], errs[i] = d.produce(req)
		}
	}
	for i, p := range waiting {
		if p != nil {
			errs[i] = p.wait(ctx)
		}
	}
}

// produced is a record on its way.
type produced struct {
	record *kgo.Record
	done   chan error
}

// produce hands req to the client, which never waits: where it holds too much it
// refuses. The record has no context of ours, as the client would drop those of others
// together with one whose context has ended.
func (d *Driver) produce(req *protocol.Request) (*produced, error) {
	e, err := outbox.Encode(req, d.opts...)
	if err != nil {
		return nil, err
	}
	p := &produced{
		record: &kgo.Record{Topic: d.topic, Key: []byte(e.Key), Value: e.Data},
		done:   make(chan error, 1),
	}
	d.client.TryProduce(context.Background(), p.record, func(_ *kgo.Record, err error) { p.done <- err })
	return p, nil
}

func (p *produced) wait(ctx context.Context) error {
	select {
	case err := <-p.done:
		return failed(p.record, err)
	case <-ctx.Done():
	}
	select {
	case err := <-p.done:
		return failed(p.record, err)
	default:
		return failed(p.record, ctx.Err())
	}
}

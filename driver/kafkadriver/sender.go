package kafkadriver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// noPartition stands in a record that the client has not put into a partition's
// buffer yet: until then nothing of it can have been sent.
const noPartition = -1

// wire is a request in its wire form, with the bytes in a pooled buffer.
type wire struct{ req protocol.Request }

// maxPooledWire keeps a rare large message from staying in memory for ever.
const maxPooledWire = 1 << 20

var wires = sync.Pool{New: func() any { return new(wire) }}

func (w *wire) encode(req *protocol.Request) error {
	if _, err := topicOf(req.Prefix); err != nil {
		return emitter.NotSent(err)
	}
	w.req = protocol.Request{
		Prefix: req.Prefix, Namespace: req.Namespace, Server: req.Server,
		Raw: req.AppendMsgpack(w.req.Raw[:0]),
	}
	return nil
}

// release gives the buffer back. After an error the client may still hold it: then it is
// left to the collector.
func (w *wire) release() {
	if cap(w.req.Raw) > maxPooledWire {
		return
	}
	w.req = protocol.Request{Raw: w.req.Raw}
	wires.Put(w)
}

// patience is how long a call waits without the client's RecordDeliveryTimeout: with no
// broker in reach the client would try for ever.
const patience = 30 * time.Second

// errPatience ends a call whose context goes on.
var errPatience = errors.New("no broker has taken it in time; can they be reached?")

func outOfPatience(limit time.Duration) error {
	return fmt.Errorf("%w after %v: %w", context.DeadlineExceeded, limit, errPatience)
}

// sender produces requests with Raw set on the user's client.
type sender struct {
	client   *kgo.Client
	patience time.Duration
}

func newSender(client *kgo.Client) *sender {
	limit, _ := client.OptValue(kgo.RecordDeliveryTimeout).(time.Duration)
	return &sender{client, cmp.Or(limit, patience)}
}

var _ emitter.BulkDriver = (*sender)(nil)

// Send produces one record.
func (s *sender) Send(ctx context.Context, req *protocol.Request) (int, error) {
	return -1, s.produce(ctx, recordsOf(req))[0]
}

// SendAll produces records, in order per key.
func (s *sender) SendAll(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) error {
	var first error
	for i, err := range s.produce(ctx, recordsOf(reqs...)) {
		servers[i], errs[i] = -1, err
		if first == nil {
			first = err
		}
	}
	return first
}

// recordsOf makes records (docs/protocol.md, Kafka and NATS): the topic is the prefix,
// the key the channel's name on Redis, the value the message.
func recordsOf(reqs ...*protocol.Request) []*kgo.Record {
	all, records := make([]kgo.Record, len(reqs)), make([]*kgo.Record, len(reqs))
	for i, req := range reqs {
		all[i] = kgo.Record{Topic: Topic(req.Prefix), Value: req.Raw, Partition: noPartition}
		if i > 0 && isSameChannel(req, reqs[i-1]) {
			all[i].Key = all[i-1].Key
		} else {
			all[i].Key = []byte(emitter.RequestChannel(req.Prefix, req.Namespace, req.Server))
		}
		records[i] = &all[i]
	}
	return records
}

func isSameChannel(a, b *protocol.Request) bool {
	return a.Prefix == b.Prefix && a.Namespace == b.Namespace && a.Server == b.Server
}

// endTime is how long a call waits, once its context has ended, for the client to drop
// what it has not sent.
const endTime = 10 * time.Millisecond

// produce returns the error of each record; of what the client still holds when ctx ends
// it is not known.
func (s *sender) produce(ctx context.Context, records []*kgo.Record) []error {
	ctx, cancel := context.WithTimeoutCause(ctx, s.patience, outOfPatience(s.patience))
	defer cancel()
	done := make(chan []error, 1)
	go func() { done <- s.wait(ctx, records) }()
	select {
	case errs := <-done:
		return errs
	case <-ctx.Done():
	}
	t := time.NewTimer(endTime)
	defer t.Stop()
	select {
	case errs := <-done:
		return errs
	case <-t.C:
	}
	errs := make([]error, len(records))
	for i := range errs {
		errs[i] = fmt.Errorf("produce to topic %q: %w (the client holds it still: it may have been sent, or will be)", records[i].Topic, context.Cause(ctx))
	}
	return errs
}

// wait returns when the client knows what became of all, which it tells in order for
// each partition.
func (s *sender) wait(ctx context.Context, records []*kgo.Record) []error {
	errs := make([]error, len(records))
	var at map[*kgo.Record]int // made when there are several partitions
	for i, r := range s.client.ProduceSync(ctx, records...) {
		if r.Record != records[i] {
			if at == nil {
				at = places(records)
			}
			i = at[r.Record]
		}
		errs[i] = s.judge(ctx, r.Record, r.Err)
	}
	return errs
}

func places(records []*kgo.Record) map[*kgo.Record]int {
	at := make(map[*kgo.Record]int, len(records))
	for i, r := range records {
		at[r] = i
	}
	return at
}

// errOther is the error of a record that the client dropped, unsent, as the context of
// another one in its buffer had ended.
var errOther = errors.New("the client dropped it with another record, whose context ended")

// judge tells what an error of the client means.
func (s *sender) judge(ctx context.Context, r *kgo.Record, err error) error {
	if err == nil {
		return nil
	}
	ended := errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
	if errors.Is(err, kgo.ErrRecordTimeout) { // the client's limit came before ours, which is as long
		err = fmt.Errorf("%w: %w", outOfPatience(s.patience), err)
	} else if ended && ctx.Err() == nil && s.client.Context().Err() == nil {
		err = fmt.Errorf("%w: %w", errOther, err)
	} else if why := context.Cause(ctx); ended && errors.Is(why, errPatience) {
		err = why
	} else if ended && ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
		err = fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return failed(r, err, ended || r.Partition == noPartition)
}

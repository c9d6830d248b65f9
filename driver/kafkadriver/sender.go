package kafkadriver

import (
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

// message is a request as a record, with the bytes in pooled buffers.
type message struct {
	record     kgo.Record
	key, value []byte
}

// maxPooled keeps a rare large message from staying in memory for ever.
const maxPooled = 1 << 20

var messages = sync.Pool{New: func() any { return new(message) }}

// encode makes the record of req (docs/protocol.md, Kafka and NATS): the topic is the
// prefix, the key the channel's name on Redis, the value the message.
func (m *message) encode(req *protocol.Request) error {
	topic, err := topicOf(req.Prefix)
	if err != nil {
		return emitter.NotSent(err)
	}
	m.key = append(m.key[:0], emitter.RequestChannel(req.Prefix, req.Namespace, req.Server)...)
	m.value = req.AppendMsgpack(m.value[:0])
	m.record = kgo.Record{Topic: topic, Key: m.key, Value: m.value, Partition: noPartition}
	return nil
}

// release gives the buffers back. After an error the client may still hold them: then
// they are left to the collector.
func (m *message) release() {
	if cap(m.value) > maxPooled {
		return
	}
	m.record = kgo.Record{}
	messages.Put(m)
}

// sender produces records on the user's client.
type sender struct{ client *kgo.Client }

// endTime is how long a call waits, once its context has ended, for the client to drop
// what it has not sent.
const endTime = 10 * time.Millisecond

// produce sends messages, in order per key, and returns the error of each; of what the
// client still holds when ctx ends, it is not known.
func (s *sender) produce(ctx context.Context, msgs []*message) []error {
	done := make(chan []error, 1)
	go func() { done <- s.wait(ctx, msgs) }()
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
	errs := make([]error, len(msgs))
	for i := range msgs {
		errs[i] = fmt.Errorf("%w (the client holds it still: it may have been sent, or will be)", ctx.Err())
	}
	return errs
}

// wait returns when the client knows what became of all.
func (s *sender) wait(ctx context.Context, msgs []*message) []error {
	errs := make([]error, len(msgs))
	if len(msgs) == 1 {
		m := msgs[0]
		errs[0] = s.judge(ctx, &m.record, s.client.ProduceSync(ctx, &m.record)[0].Err)
		return errs
	}
	records, at := make([]*kgo.Record, len(msgs)), make(map[*kgo.Record]int, len(msgs))
	for i, m := range msgs {
		records[i], at[&m.record] = &m.record, i
	}
	for _, r := range s.client.ProduceSync(ctx, records...) {
		errs[at[r.Record]] = s.judge(ctx, r.Record, r.Err)
	}
	return errs
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
	if ended && ctx.Err() == nil && s.client.Context().Err() == nil {
		err = fmt.Errorf("%w: %w", errOther, err)
	} else if ended && ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
		err = fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return failed(r, err, ended || r.Partition == noPartition)
}

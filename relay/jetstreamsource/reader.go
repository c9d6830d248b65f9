package jetstreamsource

import (
	"context"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// reader reads ahead, in the stream's order, through a consumer without acks. It is
// thrown away, and what is in it read again, when anything is doubtful.
type reader struct {
	source     *Source
	moved      int // the source's when it was made
	conn       *nats.Conn
	reconnects uint64 // of the connection when it was made: what was on its way is lost by one
	name       string // of the consumer
	consuming  jetstream.ConsumeContext

	mu     sync.Mutex
	room   sync.Cond
	queue  []*entry
	bytes  int
	last   uint64 // the consumer's own number of the last message: they have no gaps
	broken bool
	ended  bool
}

// entry is a message; it is a relay.Message's Ref.
type entry struct {
	claim             *claim
	msg               jetstream.Msg
	seq               uint64
	at                time.Time
	settled, released bool
	buried            bool
}

// newReader creates a consumer of the subjects, from a sequence of the stream on. The
// server removes it itself when nobody asks for its messages any more.
func (s *Source) newReader(ctx context.Context, moved int, from uint64, subjects []string) (*reader, error) {
	conn := s.js.Conn()
	r := &reader{source: s, moved: moved, conn: conn, reconnects: conn.Stats().Reconnects}
	r.room.L = &r.mu
	consumer, err := s.stream.CreateConsumer(ctx, jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: from, FilterSubjects: subjects,
		AckPolicy: jetstream.AckNonePolicy, InactiveThreshold: 30 * time.Second, MemoryStorage: true, Replicas: 1,
	})
	if err != nil {
		return nil, err
	}
	r.name = consumer.CachedInfo().Name
	r.consuming, err = consumer.Consume(r.receive,
		jetstream.PullMaxMessagesWithBytesLimit(aheadMessages, pullBytes), jetstream.PullHeartbeat(2*time.Second), jetstream.PullExpiry(10*time.Second),
		jetstream.ConsumeErrHandler(func(jetstream.ConsumeContext, error) { r.fail() }))
	return r, err
}

// receive is called by the client for each message, one at a time; while it waits, no
// more are asked for.
func (r *reader) receive(msg jetstream.Msg) {
	meta, err := msg.Metadata()
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.queue) >= aheadMessages || r.bytes >= aheadBytes {
		if r.ended {
			return
		}
		r.room.Wait()
	}
	if err != nil || meta.Sequence.Consumer != r.last+1 {
		r.broken = true
	}
	if r.ended || r.broken {
		r.source.wake()
		return
	}
	r.last++
	r.queue = append(r.queue, &entry{msg: msg, seq: meta.Sequence.Stream, at: meta.Timestamp})
	r.bytes += len(msg.Data())
	r.source.wake()
}

// sound tells whether what it brings is all that there is.
func (r *reader) sound() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.broken && r.conn.Stats().Reconnects == r.reconnects
}

func (r *reader) fail() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.broken = true
	r.source.wake()
}

// peek returns the next message, nil when there is none.
func (r *reader) peek() *entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.queue) == 0 {
		return nil
	}
	return r.queue[0]
}

// drop removes what peek returned.
func (r *reader) drop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bytes -= len(r.queue[0].msg.Data())
	r.queue[0] = nil
	r.queue = r.queue[1:]
	r.room.Signal()
}

// stop ends it. The consumer is removed later, without anybody waiting.
func (r *reader) stop() {
	r.mu.Lock()
	r.ended = true
	r.room.Broadcast()
	r.mu.Unlock()
	r.consuming.Stop()
}

package kafkadriver

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sioxide/emitter/protocol"
)

// read gives what comes to those who wait for it.
func (r *reader) read(ctx context.Context) {
	var trouble trouble
	for ctx.Err() == nil {
		fetches := r.client.PollFetches(ctx)
		if fetches.IsClientClosed() || ctx.Err() != nil {
			return
		}
		fetches.EachRecord(r.take)
		err := fetches.Err()
		trouble.tell(r, err)
		if err != nil && !isTransient(err) {
			r.events.Lost(fmt.Errorf("read topic %q: %w", r.topic, withRemedy(r.topic, err)))
			return
		}
	}
}

// take handles a record. Anybody may write to the topic: a key that is not known is
// passed over, and what is malformed dropped.
func (r *reader) take(record *kgo.Record) {
	if !isVersion1(record) {
		return
	}
	if string(record.Key) == r.presence {
		p, err := protocol.DecodePresence(record.Value)
		if err != nil {
			r.readers.drop(err)
			return
		}
		r.readers.book.Take(r.prefix, p)
		return
	}
	r.mu.Lock()
	_, wanted := r.channels[string(record.Key)]
	r.mu.Unlock()
	if wanted {
		r.events.Message(record.Value)
	}
}

// isVersion1 tells whether readers of version 1 take the record (docs/protocol.md, Kafka
// and NATS, Version).
func isVersion1(record *kgo.Record) bool {
	for _, h := range record.Headers {
		if h.Key == "v" && string(h.Value) != "1" {
			return false
		}
	}
	return true
}

// drop tells of presences that no server writes, each time that their number has
// doubled.
func (rs *readers) drop(err error) {
	if n := rs.dropped.Add(1); n&(n-1) == 0 {
		rs.log.Debug("emitter: presences dropped", "why", "malformed", "total", n, "error", err)
	}
}

// trouble tells the log when reading begins to fail, and when it works again: positions
// are kept, so that nothing is lost in between.
type trouble struct{ since time.Time }

func (t *trouble) tell(r *reader, err error) {
	switch {
	case err != nil && t.since.IsZero():
		t.since = time.Now()
		r.readers.log.Warn("emitter: answers can't be read: they wait in Kafka", "topic", r.topic, "error", err)
	case err == nil && !t.since.IsZero():
		r.readers.log.Info("emitter: answers are read again", "topic", r.topic, "after", time.Since(t.since))
		*t = trouble{}
	}
}

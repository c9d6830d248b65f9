package relay

import (
	"context"
	"time"

	"github.com/sioxide/emitter/outbox"
)

// heldFetches is how many fetches' worth of messages may wait, of lanes that fail.
const heldFetches = 10

// kind is what became of a message.
type kind uint8

const (
	performed kind = iota
	duplicate
	stale
	dropped
	dead
)

// finished is a message to be settled.
type finished struct {
	msg    Message
	op     *outbox.Operation // nil: it could not be decoded
	kind   kind
	reason string // of a dead letter
}

// fetch takes in what the source has. It waits for something only where nothing else is
// to be done, and returns false where that failed.
func (r *Relay) fetch(ctx context.Context) bool {
	wait, cancel, ok := r.patience(ctx)
	defer cancel()
	if !ok {
		return true
	}
	room := heldFetches*r.config.messages - len(r.queue.items)
	space := heldFetches*r.config.bytes - r.queue.bytes
	if room <= 0 || space <= 0 {
		<-wait.Done() // it has an end, as lanes fail
		return ctx.Err() == nil
	}
	messages, err := r.source.Fetch(wait, min(room, r.config.messages), min(space, r.config.bytes))
	for _, m := range messages {
		r.take(m)
	}
	r.counters.held.Store(int64(len(r.queue.items)))
	switch {
	case ctx.Err() != nil:
		return false
	case err == nil && len(messages) > 0:
		if !r.unsettled { // that messages come does not say that they can be settled
			r.origin.works(r.now())
		}
		return true
	case err == nil, wait.Err() != nil:
		r.idle(ctx)
		return true
	}
	pause(ctx, r.origin.failed(err, r.now()))
	return len(messages) > 0
}

// idleProbe is how long Fetch may wait for a first message while the source is taken for
// failing.
const idleProbe = 5 * time.Second

// idle asks a source that has failed, and brings nothing now, whether it works.
func (r *Relay) idle(ctx context.Context) {
	if _, failing := r.origin.failingFor(r.now()); failing == nil || len(r.queue.items) > 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lagTimeout)
	defer cancel()
	if _, _, err := r.source.Lag(ctx); err == nil {
		r.unsettled = false
		r.origin.works(r.now())
	}
}

// patience returns for how long Fetch may wait: until a failing lane is due, or not for
// long while the source is taken for failing; not at all,
// by !ok, where something is ready.
func (r *Relay) patience(ctx context.Context) (wait context.Context, cancel context.CancelFunc, ok bool) {
	if len(r.queue.ready()) > 0 || len(r.done) > 0 {
		return ctx, func() {}, false
	}
	if l := r.queue.next(); l != nil {
		wait, cancel = context.WithTimeout(ctx, max(l.due.Sub(r.now()), time.Millisecond))
		return wait, cancel, true
	}
	if _, failing := r.origin.failingFor(r.now()); failing != nil {
		wait, cancel = context.WithTimeout(ctx, idleProbe)
		return wait, cancel, true
	}
	wait, cancel = context.WithCancel(ctx)
	return wait, cancel, true
}

// take decodes one message.
func (r *Relay) take(m Message) {
	op, err := outbox.Decode(m.Data)
	if err != nil {
		r.done = append(r.done, finished{msg: m, kind: dead, reason: reasonOf(err)})
		return
	}
	at := op.At
	if at.IsZero() {
		at = m.At
	}
	r.queue.add(&item{msg: m, op: op, at: at})
}

// sweep finishes what needs not be performed: duplicates, and what is too old.
func (r *Relay) sweep() {
	now := r.now()
	r.queue.remove(func(it *item) bool {
		switch {
		case r.dedupe.has(it.op.ID, now):
			r.finish(it, duplicate, "")
		case r.config.maxAge > 0 && !it.at.IsZero() && now.Sub(it.at) > r.config.maxAge:
			r.finish(it, stale, "")
		default:
			return false
		}
		return true
	})
}

func (r *Relay) finish(it *item, k kind, reason string) {
	r.done = append(r.done, finished{msg: it.msg, op: it.op, kind: k, reason: reason})
}

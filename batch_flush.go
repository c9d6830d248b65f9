package emitter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sioxide/emitter/protocol"
)

// flusher is one run of Flush.
type flusher struct {
	batch *Batch
	ctx   context.Context
	sent  int
	fails []BatchFailure
	late  error // what acks say of clients: told at the end, as it stops nothing

	unconfirmed int // of sent
}

// run sends round after round until nothing is left or something goes wrong that
// would go wrong again. What it has not sent goes back.
func (f *flusher) run(onlyFull bool) error {
	b, c := f.batch, &f.batch.config
	events, bytes := chunkRequests, c.windowBytes
	if c.streams() {
		events = c.events
	}
	for {
		round := b.take(events, bytes, onlyFull)
		if len(round) == 0 {
			return f.result(f.late)
		}
		if err := f.await(len(round)); err != nil {
			b.putBack(round)
			return f.result(NotSent(err))
		}
		unsent, err := f.round(round)
		b.putBack(unsent)
		if err != nil {
			return f.result(err)
		}
	}
}

func (f *flusher) result(cause error) error {
	if cause == nil && len(f.fails) == 0 {
		return nil
	}
	return &BatchError{Sent: f.sent, Unconfirmed: f.unconfirmed, Failed: f.fails, cause: cause}
}

// await waits until the next portion may be sent.
func (f *flusher) await(events int) error {
	if err := f.ctx.Err(); err != nil {
		return err
	}
	if err := f.settle(); err != nil {
		return err
	}
	if f.batch.config.rate <= 0 {
		return nil
	}
	if wait := f.batch.nextTurn(events); wait > 0 {
		return pause(f.ctx, wait)
	}
	return nil
}

// nextTurn returns how long so many events have to wait, and moves on by the time
// that they take.
func (b *Batch) nextTurn(events int) time.Duration {
	now := time.Now()
	if b.due.Before(now) {
		b.due = now
	}
	wait := b.due.Sub(now)
	b.due = b.due.Add(time.Duration(float64(events) / b.config.rate * float64(time.Second)))
	return wait
}

// round sends one round and returns what was not sent, and why the flush can't go
// on.
func (f *flusher) round(entries []batchEntry) (unsent []batchEntry, err error) {
	reqs := make([]*protocol.Request, len(entries))
	for i, e := range entries {
		reqs[i] = &e.req
	}
	servers, errs := make([]int, len(reqs)), make([]error, len(reqs))
	var w *window
	if f.batch.config.windowed {
		if w, err = f.openWindow(reqs); err != nil {
			return entries, err
		}
		defer w.close()
		reqs = w.reqs
		servers, errs = make([]int, len(reqs)), make([]error, len(reqs))
		w.sent = time.Now()
	}
	sendAll(f.ctx, f.batch.driver, reqs, servers, errs)
	before := f.sent
	for i, e := range entries {
		switch cause := errs[i]; {
		case cause == nil:
			f.sent++
			if w == nil {
				e.recycle()
			}
		case SafeToRetry(cause) && !isRefused(cause):
			unsent = append(unsent, e)
			err = cause
		default:
			f.fails = append(f.fails, BatchFailure{Index: e.index, Err: cause})
			if !isRefused(cause) && err == nil {
				err = fmt.Errorf("the rest was not sent: %w", cause)
			}
		}
	}
	if w != nil && err == nil {
		err = w.wait(f, servers, errs)
		if !f.batch.config.acked {
			f.batch.settling = w.settling(sizeOf(entries))
		}
	}
	if w != nil && err != nil {
		f.unconfirmed = f.sent - before
	}
	return unsent, err
}

func sizeOf(entries []batchEntry) int {
	n := 0
	for _, e := range entries {
		n += e.size
	}
	return n
}

// isRefused tells whether the request itself is at fault, so that others may go.
func isRefused(err error) bool {
	return errors.Is(err, ErrTooLarge) || errors.Is(err, ErrUnsupported)
}

// sendAll sends reqs in one call where the driver can, otherwise one by one until
// one fails; what is then left is marked by NotSent.
func sendAll(ctx context.Context, d Driver, reqs []*protocol.Request, servers []int, errs []error) {
	if bulk, ok := driverAs[BulkDriver](d); ok {
		_ = bulk.SendAll(ctx, reqs, servers, errs) // it is the first of errs
		return
	}
	for i, req := range reqs {
		servers[i], errs[i] = d.Send(ctx, req)
		if errs[i] != nil && !isRefused(errs[i]) {
			for j := i + 1; j < len(reqs); j++ {
				errs[j] = NotSent(fmt.Errorf("one before it failed: %w", errs[i]))
			}
			return
		}
	}
}

// batchMark is a channel that a Sync must ask once the batch has been flushed.
type batchMark struct {
	tracker *tracker
	channel channelKey
}

// remember keeps a mark until the requests are sent: a Sync in between takes it too
// early. Every Sync asks the channel of all servers anyway.
func (b *Batch) remember(t *tracker, key channelKey) {
	if key.server == "" {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.marks == nil {
		b.marks = make(map[batchMark]struct{})
	}
	if len(b.marks) < maxTracked {
		b.marks[batchMark{t, key}] = struct{}{}
	}
}

// mark makes the marks of what may have been sent.
func (b *Batch) mark() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for m := range b.marks {
		m.tracker.mu.Lock()
		m.tracker.add(m.channel)
		m.tracker.mu.Unlock()
	}
	if len(b.entries) == 0 {
		clear(b.marks)
	}
}

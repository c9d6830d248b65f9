package relay

import (
	"context"
	"errors"
	"fmt"

	"github.com/sioxide/emitter"
)

// attempt is one run over items: they are sent in order, then it is asked whether the
// servers took them. Afterwards each item has its err; nil: it was performed.
type attempt struct {
	*Relay
	items    []*item
	lately   map[place]string // the server that a place's last one was for, since the last flush
	broken   error            // what ended the sending
	answered map[place]bool   // whose servers said that they took everything
}

// errUnsent is the error of items that were not tried, for no fault of their lane.
var errUnsent = errors.New("not sent: one before it failed")

// unsent does not wrap err, which is not the item's.
func unsent(err error) error { return fmt.Errorf("%w: %v", errUnsent, err) } //nolint:errorlint // on purpose

func (a *attempt) run(ctx context.Context) {
	for _, it := range a.items {
		it.err, it.named, it.sent = nil, false, false
	}
	a.precheck(ctx)
	a.send(ctx)
	a.verify(ctx)
}

// places lists the places of items, in order.
func (a *attempt) places(of func(*item) bool) (list []place) {
	seen := make(map[place]bool)
	for _, it := range a.items {
		if p := it.place(); !seen[p] && of(it) {
			seen[p] = true
			list = append(list, p)
		}
	}
	return list
}

// failPlace gives an error to the items of a place that have none.
func (a *attempt) failPlace(p place, err error) {
	for _, it := range a.items {
		if it.err == nil && it.place() == p {
			it.err = err
		}
	}
}

func (a *attempt) send(ctx context.Context) {
	a.recorder.reset()
	a.lately = make(map[place]string)
	for _, it := range a.items {
		if it.err != nil {
			continue
		}
		if a.broken != nil {
			it.err = unsent(a.broken)
			continue
		}
		a.sendOne(ctx, it)
	}
	if a.broken == nil {
		a.flush(ctx)
	}
}

// sendOne records an item. What is for one server travels beside what is for all: it
// waits until they have taken what was before it.
func (a *attempt) sendOne(ctx context.Context, it *item) {
	p := it.place()
	last, some := a.lately[p]
	if some && last != it.op.Server || it.asksFirst() {
		a.flush(ctx)
		if a.broken != nil {
			it.err = unsent(a.broken)
			return
		}
	}
	if it.asksFirst() {
		a.sendAlone(ctx, it)
		return
	}
	a.lately[p] = it.op.Server
	a.recorder.item = it
	err := it.op.Perform(ctx, a.through)
	if flush := (*emitter.BatchError)(nil); errors.As(err, &flush) {
		it.sent = true
		a.flushed(flush)
		return
	}
	it.err, it.named, it.sent = err, err != nil, err == nil
	if err != nil && !isRefused(err) {
		a.broken = err
	}
}

// sendAlone performs what asks first, and waits until its server has taken it.
func (a *attempt) sendAlone(ctx context.Context, it *item) {
	err := it.op.Perform(ctx, a.io)
	if err == nil {
		it.sent = true
		p := it.place()
		err = a.io.Prefix(p.prefix).Of(p.namespace).Sync(ctx)
	}
	it.err, it.named = err, err != nil
}

// flush sends what is recorded.
func (a *attempt) flush(ctx context.Context) {
	clear(a.lately)
	if a.recorder.Len() == 0 {
		return
	}
	if flush := (*emitter.BatchError)(nil); errors.As(a.recorder.Flush(ctx), &flush) {
		a.flushed(flush)
	}
}

// flushed gives the errors of a flush to those whose they are.
func (a *attempt) flushed(err *emitter.BatchError) {
	owners := a.recorder.owners
	ended := false
	for _, f := range err.Failed {
		it := owners[f.Index]
		it.err, it.named = f.Err, true
		ended = ended || !isRefused(f.Err)
	}
	kept := owners[len(owners)-a.recorder.Len():]
	cause := causeOf(err)
	if cause != nil && len(kept) == 0 && isLate(cause) {
		a.counters.unacked.Add(1)
		cause = nil
	}
	if cause == nil && !ended && len(kept) == 0 {
		return
	}
	a.broken = err
	a.unconfirmed(err, cause, owners[:len(owners)-len(kept)])
	for i, it := range kept {
		it.sent = false
		if i == 0 && !ended && cause != nil && err.Unconfirmed == 0 {
			it.err, it.named = cause, true
		} else if it.err == nil {
			it.err = unsent(err)
		}
	}
	a.recorder.reset()
}

// unconfirmed gives the items of a window that not every server took an error, though
// they were sent: a question that is asked later is answered by servers, too, that came
// back after the window had gone past them.
func (a *attempt) unconfirmed(err *emitter.BatchError, cause error, sent []*item) {
	refused := make(map[int]bool, len(err.Failed))
	for _, f := range err.Failed {
		refused[f.Index] = true
	}
	for i, left := len(sent)-1, err.Unconfirmed; i >= 0 && left > 0; i-- {
		if refused[i] {
			continue
		}
		left--
		if sent[i].err == nil {
			sent[i].err = fmt.Errorf("sent, but not confirmed: %w", cause)
		}
	}
}

// causeOf returns what ended a flush, nil where its failures are all.
func causeOf(err *emitter.BatchError) error {
	if all := err.Unwrap(); len(all) > len(err.Failed) {
		return all[0]
	}
	return nil
}

package relay

import (
	"context"
	"errors"
	"time"

	"github.com/sioxide/emitter"
)

// releaseAfter is how long messages are kept while the cluster fails. Then they are
// given back: another relay may reach it.
const releaseAfter = 30 * time.Second

// perform tries items and returns false where nothing came of it.
func (r *Relay) perform(ctx, work context.Context, items []*item) bool {
	for _, it := range items {
		if it.tried {
			r.counters.retries.Add(1)
		}
		it.tried = true
		if it.doubt {
			r.counters.inDoubt.Add(1)
		}
	}
	a := attempt{Relay: r, items: items}
	a.run(work)
	if work.Err() != nil { // what it says is of the end, not of the cluster
		for _, it := range items {
			it.doubt = true
		}
		return false
	}
	done, failure := r.judge(&a)
	switch {
	case len(done) > 0:
		r.cluster.works(r.now())
	case failure != nil:
		r.down(ctx, work, failure)
		return false
	}
	return true
}

// down waits for a cluster that fails.
func (r *Relay) down(ctx, work context.Context, err error) {
	wait := r.cluster.failed(err, r.now())
	if since, _ := r.cluster.failingFor(r.now()); since >= releaseAfter && len(r.done) == 0 {
		if err := r.source.Release(work); err != nil {
			r.origin.failed(err, r.now())
		} else {
			r.queue.clear()
		}
	}
	pause(ctx, wait)
}

// judge finishes items as far as nothing before them, of their key, is to be tried
// again. failure is why the cluster can't be reached, where it can't.
func (r *Relay) judge(a *attempt) (done map[*item]bool, failure error) {
	now := r.now()
	done = make(map[*item]bool, len(a.items))
	waits := make(map[string]bool)
	failed := make(map[*lane]bool)
	for _, it := range a.items {
		switch {
		case it.err == nil && waits[it.msg.Key]:
			it.doubt = true
			continue
		case it.err == nil:
			done[it] = true
			r.performed(it, now)
			continue
		case r.isFinal(a, it):
			done[it] = true
			continue
		}
		it.doubt = it.doubt || it.sent || it.named && !emitter.SafeToRetry(it.err)
		if it.msg.Key != "" {
			waits[it.msg.Key] = true
		}
		if errors.Is(it.err, errUnsent) {
			continue
		}
		if !errors.Is(it.err, emitter.ErrNoServers) && !errors.Is(it.err, errGone) {
			failure = it.err
		}
		if !failed[it.lane] {
			failed[it.lane] = true
			r.putOff(it.lane, it.err, now)
		}
	}
	for it := range done {
		if !failed[it.lane] {
			it.lane.tries, it.lane.said = 0, false
		}
	}
	r.queue.remove(func(it *item) bool { return done[it] })
	return done, failure
}

func (r *Relay) performed(it *item, now time.Time) {
	r.dedupe.add(it.op.ID, now)
	r.counters.forgotten.Store(r.dedupe.forgotten)
	r.counters.performed.Add(1)
	if !it.at.IsZero() {
		r.counters.observe(now.Sub(it.at))
		r.meters.observe(now.Sub(it.at))
	}
	r.finish(it, performed, "")
}

// isFinal finishes an item that failed for good.
func (r *Relay) isFinal(a *attempt, it *item) bool {
	switch err := it.err; {
	case errors.Is(err, errUnsent):
		return false
	case errors.Is(err, emitter.ErrNoServers):
		switch r.config.noServers {
		case Dead:
			r.finish(it, dead, reasonOf(err))
		case Drop:
			r.finish(it, dropped, "")
		default:
			return false
		}
		return true
	case isRefused(err):
		r.finish(it, dead, reasonOf(err))
		return true
	case errors.Is(err, errGone):
		return r.giveUp(it, goneTries)
	case it.named && a.answered[it.place()]:
		return r.giveUp(it, faultyTries)
	}
	return false
}

// giveUp counts a failure of the item's own.
func (r *Relay) giveUp(it *item, tries int) bool {
	if it.tries++; it.tries < tries {
		return false
	}
	r.finish(it, dead, giveUp(it.err, it.tries))
	return true
}

// putOff has a lane wait, and says so once.
func (r *Relay) putOff(l *lane, err error, now time.Time) {
	l.fail(now)
	if !l.said {
		l.said = true
		r.config.logger.Warn("operations wait", "prefix", l.place.prefix, "namespace", l.place.namespace, "server", l.server, "error", err)
	}
}

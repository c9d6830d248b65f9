package redisdriver

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// A slot that moves is known at once to the node that had it and to the one that
// gets it, and a little later to the others.
const (
	maxRedirects  = 8
	redirectPause = 10 * time.Millisecond // before the second one; doubled each time
)

// follow sends the calls that were refused because their slot is elsewhere to the
// node that has it. What is refused was not executed, so nothing is sent twice.
func (s *sender) follow(ctx context.Context, calls []call) {
	pause := redirectPause
	for attempt := range maxRedirects {
		from, to := firstRun(calls, 0)
		if from == to {
			return
		}
		if attempt > 0 {
			if !sleep(ctx, pause) {
				return
			}
			pause *= 2
		}
		s.loadSlots(ctx)
		for ; from < to; from, to = firstRun(calls, to) {
			target := s.movedTo(ctx, calls[from].pub.Err())
			for i := range calls[from:to] {
				calls[from+i].pub.rearm()
			}
			s.exec(ctx, target, calls[from:to])
		}
	}
}

// movedTo returns the master that a MOVED names: what the cluster says of its slots
// may come from a node that has not heard of the move yet. It is nil for another
// error, and for a node that is not known.
func (s *sender) movedTo(ctx context.Context, err error) node {
	addr, ok := redis.IsMovedError(err)
	if !ok {
		return nil
	}
	var target atomic.Pointer[redis.Client]
	_ = s.cluster.ForEachMaster(ctx, func(_ context.Context, master *redis.Client) error {
		if master.Options().Addr == addr {
			target.Store(master)
		}
		return nil
	})
	if master := target.Load(); master != nil {
		return master
	}
	return nil
}

// firstRun finds the first calls at or after i that follow one another, are of one
// channel and were redirected; from == to means that there are none.
func firstRun(calls []call, i int) (from, to int) {
	for i < len(calls) && !isRedirect(calls[i].pub.Err()) {
		i++
	}
	from = i
	for i < len(calls) && calls[i].pub.ch == calls[from].pub.ch && isRedirect(calls[i].pub.Err()) {
		i++
	}
	return from, i
}

// loadSlots asks the cluster anew which node has which slot. ForEachMaster does it
// before it returns, where ReloadState does it some time later.
func (s *sender) loadSlots(ctx context.Context) {
	_ = s.cluster.ForEachMaster(ctx, func(context.Context, *redis.Client) error { return nil })
}

// sleep is false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

package relay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/sioxide/emitter"
)

// precheck asks places that failed before, and all after the cluster did, so that
// nothing is sent while servers are known not to take it.
func (a *attempt) precheck(ctx context.Context) {
	for _, p := range a.places(func(*item) bool { return true }) {
		a.watch.take(p)
	}
	_, down := a.cluster.failingFor(a.now())
	a.askAll(ctx, a.places(func(it *item) bool { return down != nil || it.lane.failing() }))
}

// Questions that are asked at once, and failures after which the rest is not asked: each
// may take all of a question's time.
const (
	askedAtOnce = 16
	askFailures = 3
)

// askAll asks the servers of places whether they took everything, and gives items the
// error of their place. It returns the places that did.
func (a *attempt) askAll(ctx context.Context, places []place) (answered map[place]bool) {
	answered = make(map[place]bool)
	failures := 0
	var last error
	for some := range slices.Chunk(places, askedAtOnce) {
		if failures >= askFailures {
			for _, p := range some {
				a.failPlace(p, unsent(last))
			}
			continue
		}
		errs := a.syncAll(ctx, some)
		for i, p := range some {
			err := a.counted(p, errs[i])
			if err == nil {
				answered[p] = true
				continue
			}
			a.failPlace(p, err)
			if !errors.Is(err, emitter.ErrNoServers) {
				failures, last = failures+1, err
			}
		}
	}
	return answered
}

func (a *attempt) syncAll(ctx context.Context, places []place) []error {
	errs := make([]error, len(places))
	var wg sync.WaitGroup
	for i, p := range places {
		wg.Go(func() { errs[i] = a.io.Prefix(p.prefix).Of(p.namespace).Sync(ctx) })
	}
	wg.Wait()
	return errs
}

// counted holds how many servers there were against what is known of the place.
func (a *attempt) counted(p place, err error) error {
	heard := a.watch.take(p)
	if errors.Is(err, emitter.ErrNoServers) {
		heard = 0
	} else if err != nil {
		return err
	}
	if missing := a.census.check(p, heard, a.now()); missing != nil {
		return missing
	}
	return err
}

// verify asks the servers of everything that was sent, and of what failed by itself,
// whether they took what they were sent.
func (a *attempt) verify(ctx context.Context) {
	a.answered = a.askAll(ctx, a.places(func(it *item) bool { return it.sent || it.named && !isRefused(it.err) }))
	var lanes []laneKey
	known := make(map[laneKey]int)
	own := func(it *item) bool { return it.op.Server != "" && it.err == nil && it.sent }
	for _, it := range a.items {
		if key := it.lane.key(); own(it) {
			if _, twice := known[key]; !twice {
				known[key], lanes = len(lanes), append(lanes, key)
			}
		}
	}
	errs := a.askServers(ctx, lanes)
	for _, it := range a.items {
		if own(it) {
			it.err = errs[known[it.lane.key()]]
		}
	}
}

// askServers asks many at once: one that has gone may take all of a question's time.
func (a *attempt) askServers(ctx context.Context, lanes []laneKey) []error {
	errs := make([]error, len(lanes))
	for from := 0; from < len(lanes); from += askedAtOnce {
		var wg sync.WaitGroup
		for i := from; i < min(from+askedAtOnce, len(lanes)); i++ {
			wg.Go(func() { errs[i] = a.askServer(ctx, lanes[i]) })
		}
		wg.Wait()
	}
	return errs
}

// askServer tells whether a server took what is for its own sockets.
func (a *attempt) askServer(ctx context.Context, key laneKey) error {
	err := a.io.Prefix(key.prefix).Of(key.namespace).ToServer(key.server).Sync(ctx)
	if errors.Is(err, emitter.ErrNoServers) {
		return fmt.Errorf("%w: %q in namespace %q", errGone, key.server, key.namespace)
	}
	return err
}

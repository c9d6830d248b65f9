package sourcetest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sioxide/emitter/relay"
)

// shared: two sources from the start, with work until both have had some.
func shared(s *scene) {
	const keys, turn = 16, 20
	var l tally
	ctx, cancel := s.within(2 * patience)
	defer cancel()
	var all atomic.Int64 // of each key; 0 while there is to be more
	var shares [2]atomic.Int64
	var wg sync.WaitGroup
	for i, src := range []relay.Source{s.source(), s.source()} {
		counted := counting{src, &shares[i]}
		wg.Go(func() {
			l.work(ctx, s, counted, false, func() bool { n := all.Load(); return n > 0 && l.done(keys, int(n)) })
		})
	}
	n := 0
	for ; ctx.Err() == nil && (n < 5*turn || shares[0].Load() == 0 || shares[1].Load() == 0); n += turn {
		s.numbers(keys, n, turn)
	}
	all.Store(int64(n))
	wg.Wait()
	l.check(s, keys, n)
	l.once(s)
	if a, b := shares[0].Load(), shares[1].Load(); a == 0 || b == 0 {
		s.Errorf("one source had %d messages, the other %d; they should share", a, b)
	}
}

// counting counts what a source brings.
type counting struct {
	relay.Source
	n *atomic.Int64
}

func (c counting) Fetch(ctx context.Context, n, bytes int) ([]relay.Message, error) {
	got, err := c.Source.Fetch(ctx, n, bytes)
	c.n.Add(int64(len(got)))
	return got, err
}

// comeAndGo: sources join and leave while messages come.
func comeAndGo(s *scene) {
	const keys, n, rounds = 8, 100, 3
	var l tally
	ctx, cancel := s.within(3 * patience)
	defer cancel()
	all := func() bool { return l.done(keys, n) }
	first := s.source()
	var wg sync.WaitGroup
	wg.Go(func() { l.work(ctx, s, first, false, all) })
	for round := range rounds {
		guest := s.source()
		turns := 0
		var visit sync.WaitGroup
		visit.Go(func() {
			l.work(ctx, s, guest, false, func() bool { turns++; return turns > 3 || all() })
		})
		s.numbers(keys, n/(rounds+1)*round, n/(rounds+1))
		visit.Wait()
		s.close(guest)
	}
	s.numbers(keys, n/(rounds+1)*rounds, n/(rounds+1))
	wg.Wait()
	l.check(s, keys, n)
	l.once(s)
}

// canLose tells whether cases can run that wait until a source is taken for dead.
func (s *scene) canLose() bool {
	if testing.Short() {
		s.Skip("it waits until a source is taken for dead: not with -short")
	}
	if s.Proxied == nil {
		s.Log("not run: the harness has no proxy")
	}
	return s.Proxied != nil
}

// killed: one has messages in its hands and dies without a word.
func killed(s *scene) {
	if !s.canLose() {
		return
	}
	const keys, n = 8, 20
	s.numbers(keys, 0, n)
	victim, proxy := s.Proxied(s)
	s.fetch(victim, 1)
	heir := s.source()
	proxy.Stall(s)
	proxy.CloseAll()
	var l tally
	ctx, cancel := s.within(s.Takeover + patience/2)
	defer cancel()
	l.work(ctx, s, heir, false, func() bool { return l.done(keys, n) })
	l.check(s, keys, n)
	end, stop := context.WithCancel(context.Background())
	stop()
	_ = victim.Close(end) // it is to go, not to say goodbye
}

// lostClaim: one has messages in its hands, stands still for long, and settles them
// when another has performed them already.
func lostClaim(s *scene) {
	if !s.canLose() {
		return
	}
	const n = 6
	s.numbers(1, 0, n)
	late, proxy := s.Proxied(s)
	s.sources = append(s.sources, late)
	got := s.fetch(late, 3)
	resume := proxy.Stall(s)
	heir := s.source()
	var l tally
	ctx, cancel := s.within(s.Takeover + patience/2)
	defer cancel()
	l.work(ctx, s, heir, false, func() bool { return l.done(1, n) })
	l.check(s, 1, n)
	resume()
	s.settle(late, got...)
	s.waiting(heir, 0)
	s.numbers(1, n, 2)
	var wg sync.WaitGroup
	for _, src := range []relay.Source{late, heir} {
		wg.Go(func() { l.work(ctx, s, src, true, func() bool { return l.done(1, n+2) }) })
	}
	wg.Wait()
	l.check(s, 1, n+2)
}

// restarted: the backend goes and comes while two sources are at work.
func restarted(s *scene) {
	if s.Restart == nil {
		s.Log("not run: the harness can't start its backend anew")
		return
	}
	const keys, n = 8, 60
	a, b := s.source(), s.source()
	s.numbers(keys, 0, n/2)
	var l tally
	ctx, cancel := s.within(4 * patience)
	defer cancel()
	held := s.fetch(a, 4)
	var wg sync.WaitGroup
	all := func() bool { return l.done(keys, n) }
	wg.Go(func() { l.work(ctx, s, b, true, all) })
	s.Restart(s)
	for _, m := range held {
		l.perform(m)
	}
	if err := a.Settle(ctx, outcomes(held)); err != nil {
		s.Logf("Settle of what was held meanwhile: %v", err)
		if err := a.Release(ctx); err != nil {
			s.Logf("Release: %v", err)
		}
	}
	wg.Go(func() { l.work(ctx, s, a, true, all) })
	s.numbers(keys, n/2, n/2)
	wg.Wait()
	l.check(s, keys, n)
	if got := s.Dead(s); len(got) > 0 {
		s.Errorf("dead letters: %q", got)
	}
}

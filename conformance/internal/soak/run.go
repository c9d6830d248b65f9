package soak

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// Run has operations performed from a source, by its name, while faults happen. It ends
// by itself; what is wrong is in the result.
func Run(t testing.TB, name string, c Config) *Result {
	t.Helper()
	random := newRandom(c.Seed, name)
	p, err := newPlan(c.Ops, random)
	if err != nil {
		t.Fatal(err)
	}
	r := &Result{Source: name, Ops: c.Ops, Faults: make(map[Kind]int)}
	l := newLedger(p)
	var from source
	for _, s := range sources {
		if s.name == name {
			from = s.start(t)
		}
	}
	to := startDestination(t, l)
	fleet := startFleet(t, c.Sioxide, from.url(), to.url())
	begin := time.Now()
	memory := watchMemory(fleet, c.For)
	written := make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), c.For+drainWithin)
	defer cancel()
	go func() { written <- write(ctx, from, p.entries, c.For) }()
	f := &faults{
		t: t, random: random, from: from, to: to, fleet: fleet, counts: r.Faults, short: c.For < long, first: Kinds(),
		spare: func() int {
			if c.For >= long && time.Since(begin) > c.For/3 {
				return 0
			}
			return -1
		},
	}
	random.Shuffle(len(f.first), func(i, j int) { f.first[i], f.first[j] = f.first[j], f.first[i] })
	for time.Since(begin) < c.For || len(f.first) > 0 {
		time.Sleep(f.between(0, 1500*time.Millisecond))
		f.happen(f.next())
	}
	memory.end(r, c.For >= long)
	if err := <-written; err != nil {
		r.problem("write: %v", err)
	}
	r.Written = time.Since(begin)
	finish(ctx, r, l, from, fleet)
	r.Took = time.Since(begin)
	judgeLetters(ctx, r, p, from)
	to.drain()
	l.judge(r)
	if len(r.Problems) > 0 {
		r.problem("the relays said:\n%s", fleet.report())
	}
	return r
}

// write puts all entries, evenly over a time, and again what could not be put.
func write(ctx context.Context, to source, entries []entry, over time.Duration) error {
	const chunk, every = 100, 20 * time.Millisecond
	begin := time.Now()
	for done := 0; done < len(entries); {
		due := int(float64(len(entries)) * min(1, float64(time.Since(begin))/float64(over)))
		n := min(due-done, chunk)
		if n > 0 {
			if err := putAgain(ctx, to, entries[done:done+n]); err != nil {
				return fmt.Errorf("after %d of %d: %w", done, len(entries), err)
			}
			done += n
			continue
		}
		time.Sleep(every)
	}
	return nil
}

func putAgain(ctx context.Context, to source, entries []entry) error {
	for {
		once, cancel := context.WithTimeout(ctx, 15*time.Second)
		err := to.put(once, entries)
		cancel()
		if err == nil || ctx.Err() != nil {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// finish waits until everything was performed and the source is empty.
func finish(ctx context.Context, r *Result, l *ledger, from source, f *fleet) {
	select {
	case <-l.done:
	case <-ctx.Done():
		r.problem("not everything was performed %v after the last fault", drainWithin)
	}
	await(ctx, r, "messages in the source", func(ctx context.Context) (string, error) {
		left, err := from.waiting(ctx)
		return fmt.Sprint(left), err
	})
	for i := range relays { // one may have been started just now
		await(ctx, r, fmt.Sprintf("messages wait as relay %d says", i), func(context.Context) (string, error) { return f.lag(i) })
	}
	f.stop(r)
}

// await waits until nothing is left.
func await(ctx context.Context, r *Result, what string, look func(context.Context) (left string, err error)) {
	for {
		once, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookWithin)
		left, err := look(once)
		cancel()
		switch {
		case err == nil && left == "0":
			return
		case ctx.Err() != nil:
			r.problem("%s %s (%v)", left, what, err)
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// lookWithin is how long a source may take to tell what waits.
const lookWithin = 10 * time.Second

// judgeLetters holds the dead letters against the plan.
func judgeLetters(ctx context.Context, r *Result, p *plan, from source) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	letters, err := from.letters(ctx)
	if err != nil {
		r.problem("read the dead letters: %v", err)
		return
	}
	seen := make(map[string]bool)
	for _, l := range letters {
		reason, expected := p.dead[l.data]
		switch {
		case !expected:
			r.problem("a dead letter that should be none: %s: %s", l.data, l.reason)
		case !strings.Contains(l.reason, reason):
			r.problem("a dead letter's reason is %q, it has no %q: %s", l.reason, reason, l.data)
		}
		seen[l.data] = true
	}
	r.Dead = len(letters)
	for data := range p.dead {
		if !seen[data] {
			r.problem("it should be a dead letter: %s", data)
		}
	}
}

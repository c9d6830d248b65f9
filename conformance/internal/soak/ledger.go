package soak

import (
	"fmt"
	"sync"
)

// ledger holds what passed the cluster. An operation counts as performed when it passed
// while at least one server was there; order is that of all that passed.
type ledger struct {
	mu         sync.Mutex
	serving    int
	left       int
	duplicates int
	keys       map[string]*account
	violations []string
	unknown    []string
	done       chan struct{} // closed when everything has been performed
}

type account struct {
	next      int // the first that has not passed
	performed []bool
}

// most problems of one sort that are named.
const mostNamed = 10

func newLedger(p *plan) *ledger {
	l := &ledger{keys: make(map[string]*account, len(p.counts)), done: make(chan struct{})}
	for key, n := range p.counts {
		l.keys[key] = &account{performed: make([]bool, n)}
		l.left += n
	}
	return l
}

// serve notes that servers come (1) or have gone (-1).
func (l *ledger) serve(change int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.serving += change
}

func (l *ledger) see(key string, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.keys[key]
	if a == nil || n < 0 || n >= len(a.performed) {
		l.unknown = name(l.unknown, "%s %d", key, n)
		return
	}
	if n > a.next {
		l.violations = name(l.violations, "%s: %d came before %d", key, n, a.next)
	}
	a.next = max(a.next, n+1)
	switch {
	case a.performed[n]:
		l.duplicates++
	case l.serving > 0:
		a.performed[n] = true
		if l.left--; l.left == 0 {
			close(l.done)
		}
	}
}

// missing names operations that were not performed.
func (l *ledger) missing() (n int, some []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for key, a := range l.keys {
		for i, performed := range a.performed {
			if !performed {
				n++
				some = name(some, "%s %d", key, i)
			}
		}
	}
	return n, some
}

// judge adds what is wrong to the result.
func (l *ledger) judge(r *Result) {
	if n, some := l.missing(); n > 0 {
		r.problem("%d operations were never performed: %q", n, some)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.violations) > 0 {
		r.problem("order: %q", l.violations)
	}
	if len(l.unknown) > 0 {
		r.problem("operations that nobody wrote: %q", l.unknown)
	}
	r.Duplicates = l.duplicates
}

func name(list []string, format string, args ...any) []string {
	if len(list) >= mostNamed {
		return list
	}
	return append(list, fmt.Sprintf(format, args...))
}

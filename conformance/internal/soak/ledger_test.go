package soak

import (
	"strings"
	"testing"
)

// The ledger sees what a relay could do wrong, and nothing else.
func TestLedger(t *testing.T) {
	for name, c := range map[string]struct {
		seen []int // of a key with three operations; -1: the only server goes, -2: it comes
		want string
	}{
		"all, in order":         {[]int{0, 1, 2}, ""},
		"a window again":        {[]int{0, 1, 0, 1, 2}, ""},
		"one is lost":           {[]int{0, 1}, "1 operations were never performed"},
		"one is passed":         {[]int{0, 2, 1}, "2 came before 1"},
		"nobody took one":       {[]int{0, -1, 1, -2, 2}, "1 operations were never performed"},
		"and it came again":     {[]int{0, -1, 1, 2, -2, 1, 2}, ""},
		"one that nobody wrote": {[]int{0, 1, 2, 3}, "nobody wrote"},
	} {
		l := newLedger(&plan{counts: map[string]int{"a": 3}})
		l.serve(1)
		for _, n := range c.seen {
			switch n {
			case -1:
				l.serve(-1)
			case -2:
				l.serve(1)
			default:
				l.see("a", n)
			}
		}
		var r Result
		l.judge(&r)
		problems := strings.Join(r.Problems, "\n")
		if c.want == "" && problems != "" || !strings.Contains(problems, c.want) {
			t.Errorf("%s: %q, want %q", name, problems, c.want)
		}
	}
}

// The same seed makes the same operations.
func TestPlanRepeats(t *testing.T) {
	a, err := newPlan(1000, newRandom(7, "x"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := newPlan(1000, newRandom(7, "x"))
	if err != nil {
		t.Fatal(err)
	}
	if len(a.entries) != 1009 || len(a.dead) != 9 {
		t.Errorf("%d entries, of which %d bad", len(a.entries), len(a.dead))
	}
	for i := range a.entries {
		if a.entries[i] != b.entries[i] {
			t.Fatalf("entry %d: %v, then %v", i, a.entries[i], b.entries[i])
		}
	}
}

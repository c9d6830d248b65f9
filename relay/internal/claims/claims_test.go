package claims_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sioxide/emitter/relay/internal/claims"
)

// Relays that come and go, each by what it alone sees, end up with all parts among
// them, each at most its share.
func TestShare(t *testing.T) {
	const parts = 16
	relays := []*claims.Set[int]{{}}
	free := make(map[int]bool)
	for n := range parts {
		free[n] = true
	}
	settle := func() {
		for range 2 {
			for _, s := range relays {
				more := s.Balance(parts, len(relays))
				for n := range free {
					if more > 0 {
						s.Add(n)
						delete(free, n)
						more--
					}
				}
				for _, n := range s.Leaving() {
					s.Drop(n)
					free[n] = true
				}
			}
		}
	}
	for range 200 {
		if rand.IntN(2) == 0 || len(relays) == 1 {
			relays = append(relays, &claims.Set[int]{})
		} else {
			at := rand.IntN(len(relays))
			for _, n := range relays[at].Held() {
				free[n] = true
			}
			relays = slices.Delete(relays, at, at+1)
		}
		settle()
		seen, share := make(map[int]bool), (parts+len(relays)-1)/len(relays)
		for _, s := range relays {
			if len(s.Held()) > share {
				t.Fatalf("one of %d relays holds %d parts, more than %d", len(relays), len(s.Held()), share)
			}
			for _, n := range s.Held() {
				if seen[n] {
					t.Fatalf("part %d is held twice", n)
				}
				seen[n] = true
			}
		}
		if len(seen) != parts {
			t.Fatalf("with %d relays %d of %d parts are held", len(relays), len(seen), parts)
		}
	}
}

func TestLeaving(t *testing.T) {
	var s claims.Set[string]
	s.Add(1)
	s.Add(2)
	s.Fetched(1, "a")
	s.Fetched(2, "b")
	s.Fetched(2, "c")
	if more := s.Balance(2, 2); more != 0 {
		t.Errorf("%d more", more)
	}
	if got := s.Open(); !slices.Equal(got, []int{2}) {
		t.Errorf("open are %v, want the part with the most messages out", got)
	}
	if got := s.Leaving(); len(got) > 0 {
		t.Errorf("%v is given up with a message out", got)
	}
	s.Settled(1, "a")
	if got := s.Leaving(); !slices.Equal(got, []int{1}) {
		t.Errorf("%v is given up, want 1", got)
	}
	s.Drop(1)
	s.Settled(1, "a")
	if got := s.Out(); len(got) != 2 || s.Has(1) || !s.Has(2) {
		t.Errorf("out are %q", got)
	}
	if more := s.Balance(2, 1); more != 1 {
		t.Errorf("%d more, want 1", more)
	}
	s.Add(0)
	if a, b := s.Open(), s.Open(); slices.Equal(a, b) {
		t.Errorf("%v twice: no turns", a)
	}
	s.Release()
	if got := s.Out(); len(got) > 0 {
		t.Errorf("%v are out after Release", got)
	}
}

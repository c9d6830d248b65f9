package jetstreamsource

import (
	"slices"
	"strings"
	"time"
)

// held returns the claims, in the order of their subjects.
func (s *Source) held() []*claim {
	s.mu.Lock()
	defer s.mu.Unlock()
	var held []*claim
	for _, c := range s.claims {
		held = append(held, c)
	}
	slices.SortFunc(held, func(a, b *claim) int { return strings.Compare(a.subject, b.subject) })
	return held
}

// surplus stops giving out of the claims beyond a share, and returns those that can
// end. When the share has grown again it takes them back.
func (s *Source) surplus(share int) []*claim {
	held := s.held()
	s.mu.Lock()
	defer s.mu.Unlock()
	var idle []*claim
	for i, c := range held {
		if over := i >= share; c.over != over {
			c.over = over
			s.moved++
		}
		if c.over && !c.busy() {
			idle = append(idle, c)
		}
	}
	return idle
}

func (s *Source) begun(c *claim, began time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.until = began.Add(leaseTime - leaseMargin)
	s.claims[c.subject] = c
	s.moved++
}

func (s *Source) extend(c *claim, began time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.until = began.Add(leaseTime - leaseMargin)
}

func (s *Source) lose(c *claim) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.over, c.lost = true, true
	delete(s.claims, c.subject)
	s.moved++
}

// Package claims keeps which parts of a place, buckets of a table or streams, a source
// works on, and what it has fetched of each. Every relay holds at most its share of
// the parts, so that each has work, and all parts are held while there is a relay.
package claims

import (
	"maps"
	"slices"
)

// Set is what one source holds. ID is what a message of the place is known by. It is
// not safe for concurrent use.
type Set[ID comparable] struct {
	parts map[int]*part[ID]
	turn  int
}

type part[ID comparable] struct {
	out     map[ID]struct{} // fetched and not settled
	leaving bool            // nothing more is fetched; it is given up once out is empty
}

// Add notes that a part is held.
func (s *Set[ID]) Add(n int) {
	if s.parts == nil {
		s.parts = make(map[int]*part[ID])
	}
	s.parts[n] = &part[ID]{out: make(map[ID]struct{})}
}

// Drop forgets a part that was given up or lost, with what was fetched of it.
func (s *Set[ID]) Drop(n int) { delete(s.parts, n) }

// Clear drops all parts.
func (s *Set[ID]) Clear() { clear(s.parts) }

// Has tells whether a part is held.
func (s *Set[ID]) Has(n int) bool { return s.parts[n] != nil }

// Held returns the parts that are held, in order.
func (s *Set[ID]) Held() []int { return slices.Sorted(maps.Keys(s.parts)) }

// Open returns the parts to fetch from. Each call begins with the next one, so that
// a part that is never empty does not keep others from their turn.
func (s *Set[ID]) Open() []int {
	open := slices.DeleteFunc(s.Held(), func(n int) bool { return s.parts[n].leaving })
	if len(open) == 0 {
		return nil
	}
	s.turn++
	at := s.turn % len(open)
	return slices.Concat(open[at:], open[:at])
}

// Fetched notes that a message is with the relay.
func (s *Set[ID]) Fetched(n int, id ID) { s.parts[n].out[id] = struct{}{} }

// Settled notes that it no longer is.
func (s *Set[ID]) Settled(n int, id ID) {
	if p := s.parts[n]; p != nil {
		delete(p.out, id)
	}
}

// Release notes that no message is with the relay.
func (s *Set[ID]) Release() {
	for _, p := range s.parts {
		clear(p.out)
	}
}

// Out returns the messages that are with the relay.
func (s *Set[ID]) Out() []ID {
	var ids []ID
	for _, p := range s.parts {
		ids = slices.AppendSeq(ids, maps.Keys(p.out))
	}
	return ids
}

// Balance looks at how many of the parts are this relay's share when there are so many
// relays. It returns how many more to claim; if there are too many, those with the
// fewest messages out are to leave.
func (s *Set[ID]) Balance(parts, relays int) (more int) {
	share := (parts + relays - 1) / max(relays, 1)
	held := s.Held()
	slices.SortStableFunc(held, func(a, b int) int { return len(s.parts[a].out) - len(s.parts[b].out) })
	for i, n := range held {
		s.parts[n].leaving = i < len(held)-share
	}
	return max(share-len(held), 0)
}

// Leaving returns the parts to give up now.
func (s *Set[ID]) Leaving() []int {
	return slices.DeleteFunc(s.Held(), func(n int) bool { return !s.parts[n].leaving || len(s.parts[n].out) > 0 })
}

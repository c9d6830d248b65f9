package kafkasource

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// claim is a partition that is ours, from its assignment to its loss. The source's mu
// guards it.
//
//	committed ≤ settled ≤ offsets of pending, in order
type claim struct {
	partition          int32
	over               bool            // nothing of it is given out any more; it moves or has moved
	lost               bool            // it is another's
	pending            []*entry        // polled and not settled, or settled behind one that is not
	handed             int             // given out and not settled
	settled, committed kgo.EpochOffset // the next offset; -1 at first
	done               map[int64]bool  // settled, but to be polled again: they were behind one that was given back
}

// entry is a record in a claim; it is a message's Ref.
type entry struct {
	claim                             *claim
	record                            *kgo.Record
	handed, settled, buried, released bool
}

// add takes a record in, unless it has been settled.
func (c *claim) add(r *kgo.Record) *entry {
	if c.done[r.Offset] {
		delete(c.done, r.Offset)
		c.pending = append(c.pending, &entry{claim: c, record: r, settled: true})
		c.advance()
		return nil
	}
	e := &entry{claim: c, record: r}
	c.pending = append(c.pending, e)
	return e
}

// settle notes that e is done.
func (c *claim) settle(e *entry) {
	e.settled = true
	c.handed--
	c.advance()
}

// advance moves the position up to the first that is not settled.
func (c *claim) advance() {
	for len(c.pending) > 0 && c.pending[0].settled {
		r := c.pending[0].record
		c.settled = kgo.EpochOffset{Epoch: r.LeaderEpoch, Offset: r.Offset + 1}
		c.pending[0] = nil
		c.pending = c.pending[1:]
	}
}

// release forgets what is not settled and returns where it begins.
func (c *claim) release() (kgo.EpochOffset, bool) {
	if len(c.pending) == 0 {
		return kgo.EpochOffset{}, false
	}
	first := c.pending[0].record
	for _, e := range c.pending {
		if e.settled {
			if c.done == nil {
				c.done = make(map[int64]bool)
			}
			c.done[e.record.Offset] = true
		}
		e.released = true
	}
	c.pending, c.handed = nil, 0
	return kgo.EpochOffset{Epoch: first.LeaderEpoch, Offset: first.Offset}, true
}

// assigned begins claims; the client calls it.
func (s *Source) assigned(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range partitions[s.topic] {
		s.claims[p] = &claim{partition: p, settled: kgo.EpochOffset{Offset: -1}, committed: kgo.EpochOffset{Offset: -1}}
	}
}

// lost ends claims on partitions that are with others already.
func (s *Source) lost(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range partitions[s.topic] {
		if c := s.claims[p]; c != nil {
			c.over, c.lost = true, true
			delete(s.claims, p)
		}
	}
	s.wake()
}

// revoked ends claims on partitions that are to move: they do when it returns. It waits
// for what was given out of them.
func (s *Source) revoked(ctx context.Context, client *kgo.Client, partitions map[string][]int32) {
	s.mu.Lock()
	for _, p := range partitions[s.topic] {
		if c := s.claims[p]; c != nil {
			c.over = true
		}
	}
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, drainMost)
	defer cancel()
	for {
		s.mu.Lock()
		changed, busy := s.changed, s.busy(partitions[s.topic])
		s.mu.Unlock()
		if !busy {
			break
		}
		select {
		case <-changed:
			continue
		case <-ctx.Done():
		}
		break
	}
	s.lost(ctx, client, partitions)
}

// busy tells whether something of the partitions is still to be settled by a caller
// that is about to.
func (s *Source) busy(partitions []int32) bool {
	if s.closed || s.hasty {
		return false
	}
	for _, p := range partitions {
		if c := s.claims[p]; c != nil && (c.handed > 0 || c.settled.Offset > c.committed.Offset) {
			return true
		}
	}
	return false
}

func (s *Source) setHasty(hasty bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hasty = hasty
	s.wake()
}

// wake has drains look again.
func (s *Source) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// retryPause is how long Settle waits until it commits again, when the group was
// between two generations.
const retryPause = 100 * time.Millisecond

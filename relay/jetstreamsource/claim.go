package jetstreamsource

import (
	"slices"
	"time"
)

// claim is a subject that is ours, from the lease's beginning to its end. The source's
// mu guards it, but for the lease's own revision.
type claim struct {
	subject string
	over    bool      // nothing of it is given out any more
	lost    bool      // it is another's
	until   time.Time // the lease holds that long for certain
	next    uint64    // sequence from which on messages are new
	pending []*entry  // given out and not settled, in order
	purge   uint64    // sequence below which all is to be removed
	purged  uint64
	holes   []uint64 // settled behind one that is not

	revision uint64 // of the lease; the loop's
}

// ours tells whether nobody else can have it at now.
func (c *claim) ours(now time.Time) bool { return !c.lost && now.Before(c.until) }

// settle notes that e is done.
func (c *claim) settle(e *entry) {
	e.settled = true
	i := slices.Index(c.pending, e)
	c.pending = slices.Delete(c.pending, i, i+1)
	if i > 0 {
		c.holes = append(c.holes, e.seq)
		return
	}
	c.purge = c.next
	if len(c.pending) > 0 {
		c.purge = c.pending[0].seq
	}
}

// release forgets what is not settled.
func (c *claim) release() {
	if len(c.pending) > 0 {
		c.next = c.pending[0].seq
	}
	for _, e := range c.pending {
		e.released = true
	}
	c.pending = nil
}

// busy tells whether something of it is still to be settled.
func (c *claim) busy() bool { return len(c.pending) > 0 || c.purge > c.purged || len(c.holes) > 0 }

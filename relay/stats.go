package relay

import (
	"sync"
	"sync/atomic"
	"time"
)

// Stats are the numbers of a relay since it was made.
type Stats struct {
	Performed  uint64 // operations that every server took
	Duplicates uint64 // operations whose id was performed before
	Dead       uint64 // dead letters
	Stale      uint64 // dropped by their age
	Dropped    uint64 // dropped as nobody serves their namespace
	Retries    uint64 // operations tried once more
	InDoubt    uint64 // those of them that may have been performed before
	Unacked    uint64 // windows that clients did not acknowledge
	Forgotten  uint64 // ids that the memory for duplicates had no room for
	Held       int    // messages fetched and not settled
	Latency    Latency
}

// Latency is how long operations took from when they were written to when they were
// performed.
type Latency struct {
	Counts []uint64 // by LatencyBounds, and one for what is beyond; not added up
	Count  uint64
	Sum    time.Duration
}

// LatencyBounds are the upper bounds of Latency's counts, in seconds.
var LatencyBounds = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600} //nolint:gochecknoglobals // a table

// counters are what Stats tells.
type counters struct {
	performed, duplicates, dead, stale, dropped, retries, inDoubt, unacked, forgotten atomic.Uint64
	held                                                                              atomic.Int64

	mu      sync.Mutex
	latency Latency
}

func newCounters() *counters {
	return &counters{latency: Latency{Counts: make([]uint64, len(LatencyBounds)+1)}}
}

func (c *counters) observe(d time.Duration) {
	d = max(d, 0) // clocks differ
	i := 0
	for i < len(LatencyBounds) && d.Seconds() > LatencyBounds[i] {
		i++
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.latency.Counts[i]++
	c.latency.Count++
	c.latency.Sum += d
}

// Stats returns the numbers up to now.
func (r *Relay) Stats() Stats {
	c := r.counters
	s := Stats{
		Performed: c.performed.Load(), Duplicates: c.duplicates.Load(), Dead: c.dead.Load(), Stale: c.stale.Load(), Dropped: c.dropped.Load(),
		Retries: c.retries.Load(), InDoubt: c.inDoubt.Load(), Unacked: c.unacked.Load(), Forgotten: c.forgotten.Load(), Held: int(c.held.Load()),
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s.Latency = c.latency
	s.Latency.Counts = append([]uint64(nil), c.latency.Counts...)
	return s
}

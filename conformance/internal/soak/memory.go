package soak

import (
	"sync"
	"time"
)

// memory samples what the relays hold, and keeps the largest of each third of the run.
type memory struct {
	stop chan struct{}
	wg   sync.WaitGroup
	rss  [3]int64
}

const sampleEvery = 100 * time.Millisecond

// Growth from the second third to the last that is none: the collector's, and what
// remembers ids, of at most 50 bytes each.
const (
	growthFactor = 1.15
	growthBytes  = 8 << 20
)

func watchMemory(f *fleet, whole time.Duration) *memory {
	m := &memory{stop: make(chan struct{})}
	begin := time.Now()
	m.wg.Go(func() {
		ticker := time.NewTicker(sampleEvery)
		defer ticker.Stop()
		for {
			select {
			case <-m.stop:
				return
			case now := <-ticker.C:
				third := min(int(3*now.Sub(begin)/whole), 2)
				m.rss[third] = max(m.rss[third], f.rss())
			}
		}
	})
	return m
}

func (m *memory) end(r *Result, judged bool) {
	close(m.stop)
	m.wg.Wait()
	r.RSS = m.rss
	if limit := int64(growthFactor*float64(m.rss[1])) + growthBytes; judged && m.rss[2] > limit {
		r.problem("memory grows: %d MiB, then %d, then %d", m.rss[0]>>20, m.rss[1]>>20, m.rss[2]>>20)
	}
}

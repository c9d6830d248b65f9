package main

import (
	"runtime"
	"time"

	"github.com/sioxide/emitter/bench/contest"
)

// meter measures what the process uses. What earlier cases left is collected before
// it starts, so that it is not a later one's cost.
type meter struct {
	allocs uint64
	cpu    time.Duration
	start  time.Time
}

func startMeter() meter {
	runtime.GC()
	return meter{allocs: mallocs(), cpu: cpuTime(), start: time.Now()}
}

func (m meter) stop() contest.Sample {
	took := time.Since(m.start)
	peak, alive := memory()
	return contest.Sample{
		NS:     float64(took),
		CPUNS:  float64(cpuTime() - m.cpu),
		Allocs: float64(mallocs() - m.allocs),
		Peak:   peak,
		Alive:  alive,
	}
}

func mallocs() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.Mallocs
}

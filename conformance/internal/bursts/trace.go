package bursts

import (
	"context"
	"slices"
	"time"
)

// Trace is what a client saw of a burst that was sent in windows of which the last event is acknowledged.
type Trace struct {
	Windows int
	Events  int           // of a window, the median
	Inside  time.Duration // from the first event of a window to its last, the median
	Stall   time.Duration // the longest time without an event inside of a window, the median
	Between time.Duration // from the last event of a window to the first of the next, the median
	Idle    float64       // the share of the time between windows
}

// Trace sends a burst as Run does, and returns besides what the first client of its room saw.
func (c *Cluster) Trace(ctx context.Context, b Burst) (Trace, Result, error) {
	counters := c.members[0].counters
	if err := counters.Trace(ctx, true); err != nil {
		return Trace{}, Result{}, err
	}
	r, err := c.Run(ctx, b)
	if err != nil {
		return Trace{}, r, err
	}
	times, err := counters.Times(ctx)
	if err == nil {
		err = counters.Trace(ctx, false)
	}
	if err != nil {
		return Trace{}, r, err
	}
	return traceOf(times[0]), r, nil
}

// traceOf reads times as Counters.Times gives them.
func traceOf(times []int64) Trace {
	var events, inside, stalls, between []int64
	var total, idle, longest, last int64
	first, n := int64(0), int64(0)
	for _, t := range times {
		at := max(t, -t)
		if n == 0 {
			first, longest = at, 0
			if last > 0 {
				between = append(between, at-last)
				idle += at - last
			}
		} else {
			longest = max(longest, at-last)
		}
		n, last = n+1, at
		if t < 0 { // the last one of the window
			events, inside, stalls = append(events, n), append(inside, at-first), append(stalls, longest)
			n = 0
		}
	}
	if len(times) > 0 {
		total = last - max(times[0], -times[0])
	}
	t := Trace{
		Windows: len(events), Events: int(median(events)),
		Inside: micros(median(inside)), Stall: micros(median(stalls)), Between: micros(median(between)),
	}
	if total > 0 {
		t.Idle = float64(idle) / float64(total)
	}
	return t
}

func micros(n int64) time.Duration { return time.Duration(n) * time.Microsecond }

func median(of []int64) int64 {
	if len(of) == 0 {
		return 0
	}
	slices.Sort(of)
	return of[len(of)/2]
}

package bursts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Latency is how long events were under way, from the call of Emit to the client's handler, at a steady rate.
type Latency struct {
	Rate     int // events a second
	Expected int // deliveries
	Received int
	P50, P99 time.Duration
}

// perSender is how many events a second one goroutine sends: at most one in a round trip.
const perSender = 1_000

// Latency sends events at a rate to the room of four clients for some time.
func (c *Cluster) Latency(ctx context.Context, rate int, span time.Duration) (Latency, error) {
	l := Latency{Rate: rate}
	ctx, cancel := context.WithTimeout(ctx, span+runTimeout)
	defer cancel()
	for _, m := range c.members {
		if err := m.counters.Reset(ctx); err != nil {
			return l, err
		}
	}
	sent, err := c.sendSteadily(ctx, rate, span)
	if err != nil {
		return l, err
	}
	if err := c.mark(ctx, four); err != nil {
		return l, err
	}
	c.losses() // they are the next burst's no longer
	var delays [][2]int64
	for _, m := range c.members {
		of, err := m.counters.Delays(ctx)
		if err != nil {
			return l, err
		}
		for i, client := range of {
			delays = append(delays, client...)
			l.Expected += sent * four.share(m.rooms[i])
		}
	}
	l.sum(delays)
	return l, nil
}

// sum finds the percentiles in pairs of microseconds and how many took them.
func (l *Latency) sum(delays [][2]int64) {
	slices.SortFunc(delays, func(a, b [2]int64) int { return cmp.Compare(a[0], b[0]) })
	for _, d := range delays {
		l.Received += int(d[1])
	}
	seen := 0
	for _, d := range delays {
		before := seen
		seen += int(d[1])
		took := time.Duration(d[0]) * time.Microsecond
		for _, p := range []struct {
			at *time.Duration
			of int
		}{{&l.P50, 50}, {&l.P99, 99}} {
			if target := (l.Received - 1) * p.of / 100; before <= target && target < seen {
				*p.at = took
			}
		}
	}
}

// sendSteadily shares the rate among goroutines, each of which sends when its time has come, and at once when it is
// late. It returns how many events were sent.
func (c *Cluster) sendSteadily(ctx context.Context, rate int, span time.Duration) (int, error) {
	senders := max(1, rate/perSender)
	each := int(int64(rate) * int64(span) / int64(time.Second) / int64(senders))
	every := time.Second * time.Duration(senders) / time.Duration(rate)
	errs := make([]error, senders)
	var wg sync.WaitGroup
	start := time.Now()
	for s := range senders {
		wg.Go(func() {
			first := start.Add(every * time.Duration(s) / time.Duration(senders))
			for i := range each {
				time.Sleep(time.Until(first.Add(time.Duration(i) * every)))
				if errs[s] = c.stamp(ctx); errs[s] != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	return each * senders, errors.Join(errs...)
}

func (c *Cluster) stamp(ctx context.Context) error {
	now, err := clock()
	if err != nil {
		return fmt.Errorf("read the clock that node reads: %w", err)
	}
	return c.io.To(four.Names...).Emit(ctx, "stamp", now.Microseconds())
}

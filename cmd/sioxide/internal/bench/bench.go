package bench

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// Config says what Run does.
type Config struct {
	Emitter  emitter.Emitter // of the namespace, without a selection
	Rate     float64         // events a second, at most
	Max      int             // events, at most
	Size     int             // bytes of text in an event
	Window   int             // events until every server must have taken them
	Clients  *Clients        // those that the events are for; nil: nobody
	Progress func(sent int)
}

// Result is what was measured.
type Result struct {
	Events    int       `json:"events"`
	Bytes     int       `json:"event_bytes"` // of text in each
	Seconds   float64   `json:"seconds"`
	PerSecond float64   `json:"per_second"`
	Send      Latency   `json:"send"` // from the call to its return
	Sync      Latency   `json:"sync"` // until every server had taken what was sent
	Delivery  *Delivery `json:"delivery,omitempty"`
}

// Latency are percentiles in milliseconds.
type Latency struct {
	Count int64   `json:"count"`
	P50   float64 `json:"p50_ms"`
	P90   float64 `json:"p90_ms"`
	P99   float64 `json:"p99_ms"`
	Max   float64 `json:"max_ms"`
}

// Event is the name of the events.
const Event = "sioxide:bench"

// syncEvery is how long events go unasked at a low rate.
const syncEvery = 250 * time.Millisecond

// newHistogram takes durations from 1 µs to 1 min, to 0.1 %.
func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, time.Minute.Microseconds(), 3)
}

func record(h *hdrhistogram.Histogram, d time.Duration) {
	_ = h.RecordValue(min(max(d.Microseconds(), 1), time.Minute.Microseconds())) // it is in the range
}

func latencyOf(h *hdrhistogram.Histogram) Latency {
	ms := func(us int64) float64 { return float64(us) / 1000 }
	return Latency{
		Count: h.TotalCount(), P50: ms(h.ValueAtQuantile(50)), P90: ms(h.ValueAtQuantile(90)),
		P99: ms(h.ValueAtQuantile(99)), Max: ms(h.Max()),
	}
}

// run is a measurement under way.
type run struct {
	Config
	send, sync *hdrhistogram.Histogram
	sent       int
}

// Run measures. When ctx ends early it returns what was measured, and ctx's error.
func Run(ctx context.Context, c Config) (Result, error) {
	r := &run{Config: c, send: newHistogram(), sync: newHistogram()}
	room := "sioxide-bench-" + protocol.NewID().String()
	r.Emitter = r.Emitter.To(room)
	if err := c.Emitter.Sync(ctx); err != nil { // nothing is sent to nobody
		return Result{}, fmt.Errorf("nothing to measure: %w", err)
	}
	if c.Clients != nil {
		if err := c.Clients.join(ctx, c.Emitter, room); err != nil {
			return Result{}, err
		}
	}
	begin := time.Now()
	err := r.all(ctx, begin)
	took := time.Since(begin).Seconds()
	out := Result{Events: r.sent, Bytes: c.Size, Seconds: took, PerSecond: float64(r.sent) / took, Send: latencyOf(r.send), Sync: latencyOf(r.sync)}
	if c.Clients != nil {
		d := c.Clients.collect(ctx, r.sent)
		out.Delivery = &d
	}
	return out, err
}

// all sends the events, each when it is due.
func (r *run) all(ctx context.Context, begin time.Time) error {
	pad := strings.Repeat("x", r.Size)
	every := time.Duration(float64(time.Second) / r.Rate)
	open, synced := 0, begin
	for r.sent < r.Max {
		if err := waitUntil(ctx, begin.Add(time.Duration(r.sent)*every)); err != nil {
			return err
		}
		start := time.Now()
		if err := r.Emitter.Emit(ctx, Event, r.sent, start.Sub(epoch).Microseconds(), pad); err != nil {
			return err
		}
		record(r.send, time.Since(start))
		r.sent++
		r.Progress(r.sent)
		if open++; open >= r.Window || time.Since(synced) >= syncEvery || r.sent == r.Max {
			if err := r.syncOnce(ctx); err != nil {
				return err
			}
			open, synced = 0, time.Now()
		}
	}
	return nil
}

func (r *run) syncOnce(ctx context.Context) error {
	start := time.Now()
	err := r.Emitter.Sync(ctx)
	record(r.sync, time.Since(start))
	return err
}

// epoch is what the times in events count from.
var epoch = time.Now()

func waitUntil(ctx context.Context, due time.Time) error {
	wait := time.Until(due)
	if wait < time.Millisecond { // a timer is no more precise
		return ctx.Err()
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

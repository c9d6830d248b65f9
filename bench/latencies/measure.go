// Package latencies measures how long an event takes from Emit to what a server of the
// cluster hears, at a steady rate: directly through a driver, and through an outbox and
// a relay.
package latencies

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// Load is what is sent.
type Load struct {
	Rate   int // events a second
	Events int
}

// Result is what it took.
type Result struct {
	Returned Spread // until Emit returned
	Heard    Spread // until a server heard it
	Lost     int    // of the events
}

// Spread are quantiles of a time.
type Spread struct{ P50, P99 time.Duration }

// patience is how long the first event may take, and the last.
const patience = 30 * time.Second

// event is the name of what is sent; its argument is a number from 0, negative before
// the measurement.
const event = "latency"

// ear notes when events were heard.
type ear struct {
	mu    sync.Mutex
	heard map[int]time.Time
	more  chan struct{} // has a token when something was heard
}

func newEar() *ear { return &ear{heard: make(map[int]time.Time), more: make(chan struct{}, 1)} }

// take notes a request; what is heard again counts when it was heard first.
func (e *ear) take(req *protocol.Request) {
	now := time.Now()
	if req.Type != protocol.Broadcast {
		return
	}
	var name string
	var n int
	if err := json.Unmarshal(req.Packet.Data.AppendData(nil), &[]any{&name, &n}); err != nil || name != event {
		return
	}
	e.mu.Lock()
	if _, again := e.heard[n]; !again {
		e.heard[n] = now
	}
	e.mu.Unlock()
	select {
	case e.more <- struct{}{}:
	default:
	}
}

// until waits until an event was heard, or for d.
func (e *ear) until(ctx context.Context, d time.Duration, done func(heard map[int]time.Time) bool) bool {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	for {
		e.mu.Lock()
		ok := done(e.heard)
		e.mu.Unlock()
		if ok {
			return true
		}
		select {
		case <-e.more:
		case <-ctx.Done():
			return false
		}
	}
}

// measure emits through io what e hears.
func measure(ctx context.Context, io emitter.Emitter, e *ear, load Load) (Result, error) {
	if err := warm(ctx, io, e); err != nil {
		return Result{}, err
	}
	begun, returned, err := send(ctx, io, load)
	if err != nil {
		return Result{}, err
	}
	e.until(ctx, patience, func(heard map[int]time.Time) bool { return missing(heard, load.Events) == 0 })
	e.mu.Lock()
	defer e.mu.Unlock()
	var took, back []time.Duration
	for i, at := range begun {
		back = append(back, returned[i].Sub(at))
		if h, ok := e.heard[i]; ok {
			took = append(took, h.Sub(at))
		}
	}
	return Result{Returned: spread(back), Heard: spread(took), Lost: missing(e.heard, load.Events)}, nil
}

func missing(heard map[int]time.Time, events int) (n int) {
	for i := range events {
		if _, ok := heard[i]; !ok {
			n++
		}
	}
	return n
}

// warm emits until something is heard: connections, topics and claims are there then.
func warm(ctx context.Context, io emitter.Emitter, e *ear) error {
	deadline := time.Now().Add(patience)
	for n := -1; ; n-- {
		if err := io.Emit(ctx, event, n); err != nil {
			return err
		}
		if e.until(ctx, 100*time.Millisecond, func(heard map[int]time.Time) bool { _, ok := heard[n]; return ok }) {
			return nil
		}
		if time.Now().After(deadline) {
			return errors.New("nothing is heard")
		}
	}
}

// send emits at the rate, each event from a goroutine of its own: one that takes long
// holds up no other.
func send(ctx context.Context, io emitter.Emitter, load Load) (begun, returned []time.Time, err error) {
	begun, returned = make([]time.Time, load.Events), make([]time.Time, load.Events)
	errs := make([]error, load.Events)
	tick := time.NewTicker(time.Second / time.Duration(load.Rate))
	defer tick.Stop()
	var wg sync.WaitGroup
	for i := range load.Events {
		<-tick.C
		wg.Go(func() {
			begun[i] = time.Now()
			errs[i] = io.Emit(ctx, event, i)
			returned[i] = time.Now()
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, nil, fmt.Errorf("at %d events a second: %w", load.Rate, err)
	}
	return begun, returned, nil
}

func spread(of []time.Duration) Spread {
	if len(of) == 0 {
		return Spread{}
	}
	slices.Sort(of)
	return Spread{P50: of[len(of)/2], P99: of[len(of)*99/100]}
}

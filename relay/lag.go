package relay

import (
	"context"
	"sync"
	"time"
)

// lagTimeout is how long a source may take to tell its lag, and lagKept how long an
// answer is good for.
const (
	lagTimeout = 2 * time.Second
	lagKept    = time.Second
)

// lag is what a source said last.
type lag struct {
	mu      sync.Mutex
	asked   time.Time
	waiting int64
	oldest  time.Time
	err     error
}

// Lag returns how many messages wait in the source and for how long the oldest has, as
// the source can best tell; at most a second old.
func (r *Relay) Lag(ctx context.Context) (waiting int64, age time.Duration, err error) {
	if r.source == nil {
		return 0, 0, errNoSource
	}
	l := &r.lag
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := r.now(); l.asked.IsZero() || now.Sub(l.asked) >= lagKept {
		ctx, cancel := context.WithTimeout(ctx, lagTimeout)
		defer cancel()
		l.waiting, l.oldest, l.err = r.source.Lag(ctx)
		l.asked = now
	}
	if !l.oldest.IsZero() {
		age = max(r.now().Sub(l.oldest), 0)
	}
	return l.waiting, age, l.err
}

package relay

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// side is the cluster or the source: whether it works, and what is said of it.
type side struct {
	name  string
	log   *slog.Logger
	mu    sync.Mutex
	tries int // failures in a row
	since time.Time
	err   error
}

// failed notes a failure, tells of the first, and returns the pause before the next try.
func (s *side) failed(err error, now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tries++; s.tries == 1 {
		s.since = now
		s.log.Warn("lost the "+s.name, "error", err)
	}
	s.err = err
	return backoff(s.tries)
}

func (s *side) works(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tries > 0 {
		s.log.Info("regained the "+s.name, "after", now.Sub(s.since).Round(time.Millisecond))
	}
	s.tries, s.err = 0, nil
}

// failingFor returns for how long it has failed, and why.
func (s *side) failingFor(now time.Time) (time.Duration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tries == 0 {
		return 0, nil
	}
	return now.Sub(s.since), s.err
}

// up is 1 while it works.
func (s *side) up(now time.Time) float64 {
	if _, err := s.failingFor(now); err != nil {
		return 0
	}
	return 1
}

var errNotRunning = errors.New("the relay does not run")

// Healthy returns nil while the relay works or waits for work, and otherwise why it
// does not: the cluster or the source has failed for longer than Unhealthy allows, or
// Run has not begun or has ended.
func (r *Relay) Healthy() error {
	if !r.running.Load() {
		return errNotRunning
	}
	var errs []error
	for _, s := range []*side{r.cluster, r.origin} {
		if d, err := s.failingFor(r.now()); err != nil && d >= r.config.unhealthy {
			errs = append(errs, fmt.Errorf("the %s has failed for %v: %w", s.name, d.Round(time.Second), err))
		}
	}
	return errors.Join(errs...)
}

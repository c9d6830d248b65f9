package sourcetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/sioxide/emitter/relay"
)

// patience is how long a case waits for what should happen at once.
const patience = 30 * time.Second

// Most of what one Fetch of a case returns.
const (
	most      = 16
	mostBytes = 1 << 20
)

// scene is one case at work.
type scene struct {
	testing.TB
	Harness
	sources []relay.Source
}

// source makes a source that is closed with the case.
func (s *scene) source() relay.Source {
	s.Helper()
	src := s.New(s)
	s.sources = append(s.sources, src)
	return src
}

// end closes the sources.
func (s *scene) end() {
	s.Helper()
	for _, src := range s.sources {
		s.close(src)
	}
}

func (s *scene) close(src relay.Source) {
	s.Helper()
	ctx, cancel := s.within(patience)
	defer cancel()
	if err := src.Close(ctx); err != nil {
		s.Errorf("Close: %v", err)
	}
}

func (s *scene) within(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), d)
}

// fetch returns the next n messages, by as many calls as it takes.
func (s *scene) fetch(src relay.Source, n int) []relay.Message {
	s.Helper()
	ctx, cancel := s.within(patience + s.Takeover)
	defer cancel()
	var all []relay.Message
	for len(all) < n {
		got, err := src.Fetch(ctx, n-len(all), mostBytes)
		if err != nil {
			s.Fatalf("Fetch, after %d of %d messages: %v", len(all), n, err)
		}
		all = append(all, got...)
	}
	return all
}

// none checks that nothing comes for a while.
func (s *scene) none(src relay.Source) {
	s.Helper()
	ctx, cancel := s.within(time.Second)
	defer cancel()
	got, err := src.Fetch(ctx, most, mostBytes)
	if len(got) > 0 {
		s.Errorf("%q came, nothing should", data(got))
	}
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		s.Errorf("Fetch when nothing waits: %v, want none or the end of its context", err)
	}
}

// settle settles messages as performed.
func (s *scene) settle(src relay.Source, messages ...relay.Message) {
	s.Helper()
	ctx, cancel := s.within(patience)
	defer cancel()
	if err := src.Settle(ctx, outcomes(messages)); err != nil {
		s.Fatalf("Settle: %v", err)
	}
}

func (s *scene) release(src relay.Source) {
	s.Helper()
	ctx, cancel := s.within(patience)
	defer cancel()
	if err := src.Release(ctx); err != nil {
		s.Fatalf("Release: %v", err)
	}
}

func outcomes(messages []relay.Message) []relay.Outcome {
	out := make([]relay.Outcome, len(messages))
	for i, m := range messages {
		out[i].Message = m
	}
	return out
}

func data(messages []relay.Message) []string {
	out := make([]string, len(messages))
	for i, m := range messages {
		out[i] = string(m.Data)
	}
	return out
}

// numbers puts the messages from+1 to from+n of each of the keys k0, k1, ….
func (s *scene) numbers(keys, from, n int) {
	s.Helper()
	for k := range keys {
		list := make([]string, n)
		for i := range list {
			list[i] = strconv.Itoa(from + i + 1)
		}
		s.Put(s, fmt.Sprintf("k%d", k), list...)
	}
}

// tally is what has been performed of the numbers, by all sources together.
type tally struct {
	mu       sync.Mutex
	last     map[string]int // of each key, all up to it
	repeated int
	wrong    []string
}

// perform notes that m is done. It is wrong when an earlier one of its key is not.
func (l *tally) perform(m relay.Message) {
	n, err := strconv.Atoi(string(m.Data))
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == nil {
		l.last = make(map[string]int)
	}
	switch last := l.last[m.Key]; {
	case err != nil || n > last+1:
		l.wrong = append(l.wrong, fmt.Sprintf("%s: %q (%s) came when %d was the last", m.Key, m.Data, m.ID, last))
	case n <= last:
		l.repeated++
	default:
		l.last[m.Key] = n
	}
}

// done tells whether all n of each key are performed, or something is wrong.
func (l *tally) done(keys, n int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	sum := 0
	for _, last := range l.last {
		sum += last
	}
	return sum >= keys*n || len(l.wrong) > 0
}

// check reports what is wrong.
func (l *tally) check(s *scene, keys, n int) {
	s.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, w := range l.wrong {
		s.Error(w)
	}
	for k := range keys {
		if key := fmt.Sprintf("k%d", k); l.last[key] != n {
			s.Errorf("%s: %d of %d messages were performed", key, l.last[key], n)
		}
	}
	s.Logf("%d came twice", l.repeated)
}

// once reports what came twice, where nothing was lost that could be the reason.
func (l *tally) once(s *scene) {
	s.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.repeated > 0 {
		s.Errorf("%d messages came twice", l.repeated)
	}
}

// work performs and settles what src brings until stop says so or ctx ends, as a relay
// does: after an error it gives back what it has and goes on. faults says that errors
// may happen.
func (l *tally) work(ctx context.Context, s *scene, src relay.Source, faults bool, stop func() bool) {
	for ctx.Err() == nil && !stop() {
		turn, cancel := context.WithTimeout(ctx, time.Second)
		got, err := src.Fetch(turn, most, mostBytes)
		cancel()
		for _, m := range got {
			l.perform(m)
		}
		if err == nil && len(got) > 0 {
			err = src.Settle(ctx, outcomes(got))
		}
		if err == nil || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
			continue
		}
		if !faults {
			s.Errorf("Fetch or Settle: %v", err)
			return
		}
		s.Logf("after %v", err)
		if err := src.Release(ctx); err != nil {
			s.Logf("Release: %v", err)
		}
	}
}

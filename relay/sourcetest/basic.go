package sourcetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sioxide/emitter/relay"
)

func asPut(s *scene) {
	before := time.Now()
	s.Put(s, "key", `{"a":"ü\u0000"}`, "second")
	got := s.fetch(s.source(), 2)
	for i, want := range []string{`{"a":"ü\u0000"}`, "second"} {
		m := got[i]
		if m.Key != "key" || string(m.Data) != want || m.ID == "" {
			s.Errorf("message %d is %q of %q, named %q; want %q of \"key\" with a name", i, m.Data, m.Key, m.ID, want)
		}
		if !m.At.IsZero() && (m.At.Before(before.Add(-patience)) || m.At.After(time.Now().Add(patience))) {
			s.Errorf("message %d was written at %v, not now", i, m.At)
		}
	}
	if got[0].ID == got[1].ID {
		s.Errorf("both are named %q", got[0].ID)
	}
}

func order(s *scene) {
	const keys, n = 8, 60
	s.numbers(keys, 0, n)
	src := s.source()
	var l tally
	ctx, cancel := s.within(patience)
	defer cancel()
	l.work(ctx, s, src, false, func() bool { return l.done(keys, n) })
	l.check(s, keys, n)
	l.once(s)
}

func limits(s *scene) {
	const n = 12
	big := strings.Repeat("x", 10_000)
	s.Put(s, "a", slices.Repeat([]string{big}, n)...)
	src := s.source()
	ctx, cancel := s.within(patience)
	defer cancel()
	got, err := src.Fetch(ctx, 3, mostBytes)
	if err != nil || len(got) == 0 || len(got) > 3 {
		s.Fatalf("Fetch of at most 3: %d, %v", len(got), err)
	}
	for left := n - len(got); left > 0; left -= len(got) {
		if got, err = src.Fetch(ctx, n, 25_000); err != nil || len(got) == 0 || len(got) > 4 {
			s.Fatalf("Fetch of at most 25,000 bytes: %d of 10,000, %v", len(got), err)
		}
	}
	s.Put(s, "a", big)
	if got, err = src.Fetch(ctx, n, 1); err != nil || len(got) != 1 {
		s.Fatalf("Fetch of at most 1 byte, when the next message has more: %d, %v; want it alone", len(got), err)
	}
}

func waits(s *scene) {
	src := s.source()
	s.none(src)
	came := make(chan error, 1)
	go func() {
		ctx, cancel := s.within(patience)
		defer cancel()
		got, err := src.Fetch(ctx, most, mostBytes)
		if err == nil && (len(got) != 1 || string(got[0].Data) != "late") {
			err = fmt.Errorf("%q", data(got))
		}
		came <- err
	}()
	s.Put(s, "a", "late")
	if err := <-came; err != nil {
		s.Errorf("Fetch that waits: %v", err)
	}
}

func ended(s *scene) {
	src := s.source()
	s.none(src)
	ctx, cancel := context.WithCancel(context.Background())
	returned := make(chan error, 1)
	go func() {
		got, err := src.Fetch(ctx, most, mostBytes)
		if len(got) > 0 {
			err = fmt.Errorf("%q came", data(got))
		}
		returned <- err
	}()
	cancel()
	select {
	case err := <-returned:
		if err != nil && !errors.Is(err, context.Canceled) {
			s.Errorf("%v, want none or the end of its context", err)
		}
	case <-time.After(patience):
		s.Fatal("Fetch does not return")
	}
	s.Put(s, "a", "after")
	if got := s.fetch(src, 1); string(got[0].Data) != "after" {
		s.Errorf("%q came", data(got))
	}
}

func settled(s *scene) {
	s.Put(s, "a", "1", "2", "3", "4")
	src := s.source()
	s.settle(src, s.fetch(src, 2)...)
	s.close(src)
	src = s.source()
	if got := data(s.fetch(src, 2)); !slices.Equal(got, []string{"3", "4"}) {
		s.Errorf("%q came to the next source, want 3 and 4", got)
	}
	s.none(src)
}

func unsettled(s *scene) {
	s.Put(s, "a", "1", "2", "3")
	first := s.source()
	s.settle(first, s.fetch(first, 3)[0])
	s.close(first)
	if got := data(s.fetch(s.source(), 2)); !slices.Equal(got, []string{"2", "3"}) {
		s.Errorf("%q came to the next source, want 2 and 3", got)
	}
}

func released(s *scene) {
	s.Put(s, "a", "1", "2", "3", "4", "5", "6")
	src := s.source()
	s.settle(src, s.fetch(src, 4)[:2]...)
	s.release(src)
	got := s.fetch(src, 4)
	if !slices.Equal(data(got), []string{"3", "4", "5", "6"}) {
		s.Errorf("%q came after Release, want 3 to 6", data(got))
	}
	s.settle(src, got...)
	s.release(src)
	s.none(src)
}

// Settled out of order: the first must come again, before what was never fetched, and
// nothing that is settled does while the source lives.
func releasedHole(s *scene) {
	s.Put(s, "a", "1", "2", "3", "4")
	src := s.source()
	got := s.fetch(src, 3)
	s.settle(src, got[1])
	s.release(src)
	got = s.fetch(src, 3)
	if !slices.Equal(data(got), []string{"1", "3", "4"}) {
		s.Errorf("%q came after Release, want 1, 3, 4", data(got))
	}
	s.settle(src, got...)
	s.close(src)
	s.none(s.source())
}

func dead(s *scene) {
	s.Put(s, "a", "good", "bad", "better")
	s.Put(s, "b", "worse")
	src := s.source()
	out := outcomes(s.fetch(src, 4))
	for i := range out {
		switch d := string(out[i].Message.Data); d {
		case "bad", "worse":
			out[i].Reason = "it is " + d + ", ünfit"
		}
	}
	ctx, cancel := s.within(patience)
	defer cancel()
	if err := src.Settle(ctx, out); err != nil {
		s.Fatalf("Settle: %v", err)
	}
	got := s.Dead(s)
	slices.SortFunc(got, func(a, b Dead) int { return strings.Compare(a.Key, b.Key) })
	want := []Dead{{"a", "bad", "it is bad, ünfit"}, {"b", "worse", "it is worse, ünfit"}}
	if !slices.Equal(got, want) {
		s.Errorf("the dead letters are %q, want %q", got, want)
	}
	s.close(src)
	s.none(s.source())
}

func lag(s *scene) {
	src := s.source()
	s.none(src) // it has its share now
	s.waiting(src, 0)
	before := time.Now()
	s.Put(s, "a", "1", "2")
	s.Put(s, "b", "1")
	oldest := s.waiting(src, 3)
	if !oldest.IsZero() && (oldest.Before(before.Add(-patience)) || oldest.After(time.Now().Add(patience))) {
		s.Errorf("the oldest waits since %v, not since now", oldest)
	}
	got := s.fetch(src, 3)
	s.waiting(src, 3)
	s.settle(src, got[:2]...)
	s.waiting(src, 1)
	s.settle(src, got[2])
	if oldest = s.waiting(src, 0); !oldest.IsZero() {
		s.Errorf("nothing waits, since %v", oldest)
	}
}

// waiting checks how many messages wait, and returns since when.
func (s *scene) waiting(src relay.Source, want int64) time.Time {
	s.Helper()
	ctx, cancel := s.within(patience)
	defer cancel()
	n, oldest, err := src.Lag(ctx)
	if err != nil || n != want {
		s.Errorf("Lag says %d, %v; want %d", n, err, want)
	}
	return oldest
}

func closed(s *scene) {
	src := s.source()
	s.none(src)
	s.close(src)
	s.close(src)
	ctx, cancel := s.within(patience)
	defer cancel()
	if got, err := src.Fetch(ctx, most, mostBytes); err == nil || ctx.Err() != nil {
		s.Errorf("Fetch of a closed source: %q, %v; want an error at once", data(got), err)
	}
}

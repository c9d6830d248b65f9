//go:build !nocommon && !nomsgpack

package emitter_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// slowRounds are rounds that take the servers a while.
type slowRounds struct {
	*rounds
	took  time.Duration // for a window
	probe time.Duration // for a probe alone
	times []time.Time   // when each round began
}

func (r *slowRounds) SendAll(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) error {
	r.times = append(r.times, time.Now())
	time.Sleep(r.took)
	return r.rounds.SendAll(ctx, reqs, servers, errs)
}

func (r *slowRounds) Send(ctx context.Context, req *protocol.Request) (int, error) {
	time.Sleep(r.probe)
	return r.rounds.Send(ctx, req)
}

func TestALargeWindowIsProbedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &slowRounds{rounds: newRounds(), took: 10 * time.Millisecond, probe: 3 * time.Millisecond}
		b := emitter.NewBatch(r, emitter.Window(65))
		io := emitter.New(r).Via(b)
		fill(t, io, 130)
		window := strings.Repeat("e", 65) + "p"
		if got := strings.Join(r.seen, " "); got != window+" p p "+window { //nolint:dupword // a p for each probe
			t.Errorf("rounds %q, want probes for half of the 10 ms between windows that follow at once", got)
		}
		r.seen = nil
		time.Sleep(9 * time.Millisecond)
		fill(t, io, 65)
		time.Sleep(10 * time.Millisecond)
		fill(t, io, 65)
		if got := strings.Join(r.seen, " "); got != "p "+window+" "+window {
			t.Errorf("rounds %q, want one after 9 ms, and none once clients had as much time as the servers", got)
		}
		r.seen, r.probe = nil, 0
		fill(t, io, 65)
		if got := strings.Join(r.seen, " "); got != "p p p p "+window { //nolint:dupword // a p for each probe
			t.Errorf("rounds %q, want no more than 4 probes, however quick they are", got)
		}
		small := &slowRounds{rounds: newRounds(), took: 10 * time.Millisecond}
		fill(t, emitter.New(small).Via(emitter.NewBatch(small, emitter.Window(64))), 128)
		if len(small.seen) != 2 {
			t.Errorf("%d rounds, want 2: two windows of 64 fit into a client's queue", len(small.seen))
		}
	})
}

func TestAHeavyWindowIsFollowedByAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &slowRounds{rounds: newRounds(), took: 10 * time.Millisecond}
		b := emitter.NewBatch(r, emitter.Window(2))
		io := emitter.New(r).Via(b)
		half := strings.Repeat("x", 600<<10)
		for range 6 {
			if err := io.Emit(t.Context(), "e", half); err != nil {
				t.Fatal(err)
			}
		}
		for i := 1; i < 3; i++ {
			if d := r.times[i].Sub(r.times[i-1]); d != 20*time.Millisecond {
				t.Errorf("window %d came %v after the one before, want 20 ms: as long again as the servers took", i, d)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		defer cancel()
		if err := io.Emit(ctx, "e", half); err != nil {
			t.Fatal(err)
		}
		err := io.Emit(ctx, "e", half)
		if !errors.Is(err, context.DeadlineExceeded) || b.Len() != 2 {
			t.Errorf("a pause that ctx ends: %v, Len %d; want what was not sent kept", err, b.Len())
		}
	})
}

func TestAckedWindowsAreNotProbedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &slowRounds{rounds: newRounds(), took: 10 * time.Millisecond}
		r.Connect(0, "/", "r").OnAck(echo)
		b := emitter.NewBatch(r, emitter.Acked(), emitter.Window(70))
		fill(t, emitter.New(r).Via(b).To("r"), 140)
		if len(r.seen) != 2 {
			t.Errorf("%d rounds, want 2", len(r.seen))
		}
	})
}

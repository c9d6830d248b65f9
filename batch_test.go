//go:build !nocommon && !nomsgpack

package emitter_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/emittertest"
	"github.com/sioxide/emitter/protocol"
)

// rounds is a cluster that notes what each call of SendAll held, and fails where it
// is told to.
type rounds struct {
	*emittertest.Cluster
	mu   sync.Mutex
	seen []string // of each round: e for an event, q for a question, p for a probe
	fail func(req *protocol.Request) error
	drop int // so many probes are never answered
}

func newRounds() *rounds { return &rounds{Cluster: emittertest.NewCluster(2)} }

func (r *rounds) SendAll(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var s strings.Builder
	var first error
	for i, req := range reqs {
		if r.fail != nil {
			if errs[i] = r.fail(req); errs[i] != nil {
				first = errs[i]
				continue
			}
		}
		s.WriteByte(map[protocol.Type]byte{protocol.Broadcast: 'e', protocol.BroadcastWithAck: 'q', protocol.AllRooms: 'p', protocol.AddSockets: 'j'}[req.Type])
		if req.Type == protocol.AllRooms && r.drop > 0 {
			r.drop--
			servers[i] = 2
			continue
		}
		servers[i], errs[i] = r.Cluster.Send(ctx, req)
	}
	r.seen = append(r.seen, s.String())
	return first
}

func (r *rounds) Send(ctx context.Context, req *protocol.Request) (int, error) {
	var n [1]int
	var e [1]error
	_ = r.SendAll(ctx, []*protocol.Request{req}, n[:], e[:])
	return n[0], e[0]
}

// fill emits n events through a batch, to both servers.
func fill(t *testing.T, io emitter.Emitter, n int) {
	t.Helper()
	for i := range n {
		if err := io.Emit(t.Context(), "e", i); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBatchSendsTogetherAndInOrder(t *testing.T) {
	r := newRounds()
	s := r.Connect(0, "/", "r")
	b := emitter.NewBatch(r)
	io := emitter.New(r).Via(b)
	fill(t, io.To("r"), 600)
	if b.Len() != 600 || len(s.Received()) != 0 {
		t.Errorf("Len %d, %d received before Flush", b.Len(), len(s.Received()))
	}
	if err := b.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(r.seen) != 2 || b.Len() != 0 {
		t.Errorf("%d round trips, Len %d", len(r.seen), b.Len())
	}
	for i, e := range s.Received() {
		if e.Args[0] != float64(i) {
			t.Fatalf("event %d is %v", i, e)
		}
	}
	if err := b.Flush(t.Context()); err != nil || len(r.seen) != 2 {
		t.Errorf("an empty Flush: %v, %d round trips", err, len(r.seen))
	}
}

func TestBatchCutsRoundTripsByBytes(t *testing.T) {
	r := newRounds()
	b := emitter.NewBatch(r, emitter.WindowBytes(10_000))
	io := emitter.New(r).Via(b)
	for range 10 {
		if err := io.Emit(t.Context(), "e", strings.Repeat("x", 4000)); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Flush(t.Context()); err != nil || len(r.seen) != 5 {
		t.Errorf("%v, rounds %q; want 5 of two", err, r.seen)
	}
}

func TestBatchKeepsClones(t *testing.T) {
	r := newRounds()
	s := r.Connect(0, "/")
	b := emitter.NewBatch(r)
	blob := []byte("mine")
	if err := emitter.New(r).Via(b).Emit(t.Context(), "e", blob); err != nil {
		t.Fatal(err)
	}
	copy(blob, "torn")
	_ = b.Flush(t.Context())
	if got := fmt.Sprintf("%s", s.Received()[0].Args[0]); got != "mine" {
		t.Errorf("sent %q", got)
	}
}

// TestBatchUsesMemoryAgain: what was sent gives its memory to what is recorded later,
// and what was not sent keeps its own.
func TestBatchUsesMemoryAgain(t *testing.T) {
	ctx := context.Background()
	d := newRounds()
	var kept []string
	d.fail = func(req *protocol.Request) error {
		text := string(req.Packet.Data.Data)
		if strings.Contains(text, "late") && len(kept) < 40 {
			return emitter.NotSent(errors.New("not yet"))
		}
		kept = append(kept, text)
		return nil
	}
	b := emitter.NewBatch(d)
	io := emitter.New(b)
	want := make(map[string]bool)
	for i := range 60 {
		event := fmt.Sprintf("event %d %s", i, strings.Repeat("x", i*7%50))
		if i%9 == 0 {
			event += " late"
		}
		want[fmt.Sprintf("[%q]", event)] = true
		if err := io.To("room").Emit(ctx, event); err != nil {
			t.Fatal(err)
		}
		_ = b.Flush(ctx) // some are late
	}
	if err := b.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	for _, text := range kept {
		if !want[text] {
			t.Errorf("%s was sent, but not recorded, or twice", text)
		}
		delete(want, text)
	}
	if len(want) > 0 {
		t.Errorf("not sent: %v", want)
	}
}

func TestBatchLimits(t *testing.T) {
	r := newRounds()
	b := emitter.NewBatch(r, emitter.MaxBytes(10_000))
	io := emitter.New(r).Via(b)
	fill(t, io, 10)
	err := io.Emit(t.Context(), "e", strings.Repeat("x", 10_000))
	if !errors.Is(err, emitter.ErrTooLarge) || !emitter.SafeToRetry(err) || b.Len() != 10 {
		t.Errorf("%v, Len %d", err, b.Len())
	}
	b.Reset()
	if err := b.Flush(t.Context()); err != nil || b.Len() != 0 || len(r.seen) != 0 {
		t.Errorf("after Reset: %v, Len %d, rounds %q", err, b.Len(), r.seen)
	}
	err = emitter.New(r, emitter.RequireServers()).Via(b).Emit(t.Context(), "e")
	if !errors.Is(err, emitter.ErrUnsupported) || b.Len() != 0 {
		t.Errorf("RequireServers: %v, Len %d", err, b.Len())
	}
	for name, b := range map[string]*emitter.Batch{
		"no driver":           emitter.NewBatch(nil),
		"Window, no Listener": emitter.NewBatch(emittertest.NewRecorder(), emitter.Window(5)),
		"Rate(0)":             emitter.NewBatch(r, emitter.Rate(0)),
	} {
		if err := b.Flush(t.Context()); !errors.Is(err, emitter.ErrUnsupported) && !errors.Is(err, emitter.ErrNoDriver) {
			t.Errorf("%s: Flush %v", name, err)
		}
		if err := emitter.New(r).Via(b).Emit(t.Context(), "e"); err == nil {
			t.Errorf("%s: Emit recorded", name)
		}
	}
}

func TestBatchReportsByPlace(t *testing.T) {
	r := newRounds()
	b := emitter.NewBatch(r)
	io := emitter.New(r).Via(b)
	fill(t, io, 3)
	if err := io.Join(t.Context(), "refused"); err != nil {
		t.Fatal(err)
	}
	fill(t, io, 3)
	r.fail = func(req *protocol.Request) error {
		if req.Type == protocol.AddSockets {
			return emitter.NotSent(fmt.Errorf("too big: %w", emitter.ErrTooLarge))
		}
		return nil
	}
	var failed *emitter.BatchError
	err := b.Flush(t.Context())
	if !errors.As(err, &failed) || failed.Sent != 6 || len(failed.Failed) != 1 || failed.Failed[0].Index != 3 || !errors.Is(err, emitter.ErrTooLarge) || b.Len() != 0 {
		t.Errorf("refused: %v, Len %d", err, b.Len())
	}
	b.Reset()

	fill(t, io, 4)
	down := errors.New("down")
	r.fail = func(*protocol.Request) error { return emitter.NotSent(down) }
	err = b.Flush(t.Context())
	if !errors.As(err, &failed) || failed.Sent != 0 || len(failed.Failed) != 0 || !errors.Is(err, down) || b.Len() != 4 {
		t.Errorf("down: %v, Len %d", err, b.Len())
	}
	r.fail = func(*protocol.Request) error { return down }
	err = b.Flush(t.Context())
	if !errors.As(err, &failed) || len(failed.Failed) != 4 || failed.Failed[3].Index != 3 || b.Len() != 0 || emitter.SafeToRetry(err) {
		t.Errorf("in doubt: %v, Len %d", err, b.Len())
	}
}

func TestWindowsStopAndWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRounds()
		r.Connect(0, "/chat")
		b := emitter.NewBatch(r, emitter.Window(4))
		io := emitter.New(r).Via(b)
		fill(t, io, 3)
		fill(t, io.Of("chat"), 2) // the window is full with the first of them
		fill(t, io.ToServer(r.Servers()[0]), 1)
		if err := b.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(r.seen, " "); got != "eeeepp eepp" {
			t.Errorf("rounds %q, want a probe for each channel of a window", got)
		}
	})
}

func TestADroppedProbeIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRounds()
		r.drop = 1
		b := emitter.NewBatch(r, emitter.Window(4))
		fill(t, emitter.New(r).Via(b), 2)
		if err := b.Flush(t.Context()); err != nil {
			t.Error(err)
		}
		if got := strings.Join(r.seen, " "); got != "eep p" {
			t.Errorf("rounds %q", got)
		}
		r.drop, r.seen = 2, nil
		fill(t, emitter.New(r).Via(b), 3)
		err := emitter.New(r).Via(b).Emit(t.Context(), "e") // it fills the window, which is flushed
		if !errors.Is(err, emitter.ErrTimeout) || emitter.SafeToRetry(err) || b.Len() != 0 {
			t.Errorf("a window that no server confirmed: %v, Len %d", err, b.Len())
		}
	})
}

func TestAckedWindows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRounds()
		for i := range 2 {
			r.Connect(i, "/", "r").OnAck(echo)
		}
		b := emitter.NewBatch(r, emitter.Acked(), emitter.Window(3))
		io := emitter.New(r).Via(b)
		fill(t, io.To("r"), 4)
		if err := io.Join(t.Context(), "x"); err != nil {
			t.Fatal(err)
		}
		if err := b.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(r.seen, " "); got != "eeq qj" {
			t.Errorf("rounds %q", got)
		}
		r.Connect(0, "/", "r") // it never answers
		fill(t, io.To("r"), 1)
		var failed *emitter.BatchError
		if err := b.Flush(t.Context()); !errors.As(err, &failed) || !errors.Is(err, emitter.ErrAckTimeout) || failed.Sent != 1 {
			t.Errorf("a client that never answers: %v", err)
		}
	})
}

func TestRatePaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRounds()
		b := emitter.NewBatch(r, emitter.Rate(1000))
		start := time.Now()
		fill(t, emitter.New(r).Via(b), 2000)
		if err := b.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(start); d < 1990*time.Millisecond || d > 2010*time.Millisecond {
			t.Errorf("2,000 events at 1,000 a second took %v", d)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		io := emitter.New(r).Via(b)
		var err error
		for err == nil {
			err = io.Emit(ctx, "e")
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}

func TestBatchOfManyGoroutines(t *testing.T) {
	r := newRounds()
	s := r.Connect(1, "/", "r")
	b := emitter.NewBatch(r, emitter.Window(10))
	io := emitter.New(r).Via(b).To("r")
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for j := range 100 {
				if err := io.Emit(context.Background(), fmt.Sprint(i), j); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := b.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	next := map[string]float64{}
	for _, e := range s.Received() {
		if e.Args[0] != next[e.Name] {
			t.Fatalf("sender %s: event %v after %v", e.Name, e.Args[0], next[e.Name]-1)
		}
		next[e.Name]++
	}
	if len(s.Received()) != 1600 {
		t.Errorf("%d events arrived, want 1600", len(s.Received()))
	}
}

// TestAskOnce: who rather sends twice than loses something learns what is unconfirmed.
func TestAskOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRounds()
		r.Connect(0, "/", "r")
		b := emitter.NewBatch(r, emitter.Window(3), emitter.AskOnce())
		io := emitter.New(r).Via(b).To("r")
		fill(t, io, 5) // three of them are sent
		r.drop = 1
		start := time.Now()
		err := io.Emit(t.Context(), "e")
		var flush *emitter.BatchError
		if !errors.As(err, &flush) || flush.Sent != 3 || flush.Unconfirmed != 3 || !errors.Is(err, emitter.ErrTimeout) || emitter.SafeToRetry(err) {
			t.Errorf("%v: %+v", err, flush)
		}
		if took := time.Since(start); took != 6*time.Second || len(r.seen) != 2 {
			t.Errorf("it took %v, rounds %q", took, r.seen)
		}
		if !strings.Contains(err.Error(), "3 requests were sent, the last 3 of them unconfirmed") {
			t.Errorf("%v does not say what is unconfirmed", err)
		}
		fill(t, io, 2)
		r.fail = func(req *protocol.Request) error {
			if strings.Contains(string(req.Packet.Data.Data), "7") {
				return errors.New("in doubt")
			}
			return nil
		}
		err = io.Emit(t.Context(), "e", 7)
		if flush = nil; !errors.As(err, &flush) || flush.Sent != 2 || flush.Unconfirmed != 2 || len(flush.Failed) != 1 {
			t.Errorf("one of three is in doubt: %v: %+v", err, flush)
		}
	})
}

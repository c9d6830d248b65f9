package relay_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sioxide/emitter/emittertest"
	"github.com/sioxide/emitter/protocol"
	"github.com/sioxide/emitter/relay"
)

// A position that can't be committed makes duplicates, which are performed once.
func TestSettleFails(t *testing.T) {
	play(t, nil, func(s *scene) {
		s.source.failAt(func(call string) error {
			if call == "settle" {
				return errSource
			}
			return nil
		})
		s.put("a", event("1", "x"))
		s.put("a", "no operation")
		wait(2 * time.Minute)
		if code, body := health(s.relay, "/healthz"); code != http.StatusServiceUnavailable || !strings.Contains(body, "source") {
			t.Errorf("%d %s", code, body)
		}
		s.source.failAt(nil)
		wait(time.Minute)
		s.must(t, "1")
		s.mustSettle(t, "m/1: ")
		if st := s.relay.Stats(); st.Performed != 1 || st.Duplicates != 1 || st.Dead != 1 {
			t.Errorf("%+v", st)
		}
	})
}

// A source that works again is healthy, though nothing waits in it.
func TestFetchFailsAndNothingWaits(t *testing.T) {
	play(t, nil, func(s *scene) {
		s.put("a", event("1", ""))
		wait(time.Second)
		s.source.failAt(func(call string) error {
			if call == "settle" || call == "fetch" {
				return errSource
			}
			return nil
		})
		s.put("a", event("2", ""))
		wait(2 * time.Minute)
		s.source.failAt(nil)
		wait(time.Minute)
		s.mustSettle(t)
		if code, body := health(s.relay, "/healthz"); code != http.StatusOK {
			t.Errorf("%d %s", code, body)
		}
	})
}

func TestFetchFails(t *testing.T) {
	var log logs
	play(t, []relay.Option{relay.WithLogger(slog.New(slog.NewTextHandler(&log, nil)))}, func(s *scene) {
		until := time.Now().Add(time.Minute)
		s.source.failAt(func(call string) error {
			if call == "fetch" && time.Now().Before(until) {
				return errSource
			}
			return nil
		})
		s.put("a", event("1", ""))
		s.put("a", event("2", ""))
		wait(2 * time.Minute)
		s.must(t, "1", "2")
		s.mustSettle(t)
	})
	if log.count("lost the source") > 1 || log.count("regained the source") != log.count("lost the source") {
		t.Errorf("told wrongly: %s", log.b.String())
	}
}

// Whatever hangs, the end comes within ten seconds, and what is not finished is given
// back.
func TestEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newStore()
		driver := &hanging{faulty: &faulty{Cluster: emittertest.NewCluster(1)}}
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		r := relay.New(&memory{store: store}, driver)
		go func() { ended <- r.Run(ctx) }()
		store.put("a", event("1", ""))
		wait(time.Second)
		begin := time.Now()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if d := time.Since(begin); d > 10*time.Second || d < time.Second {
			t.Errorf("it took %v", d)
		}
		if store.claimed() != 0 || len(store.unsettled()) != 1 {
			t.Error("it was not given back")
		}
		if err := r.Healthy(); err == nil {
			t.Error("healthy without running")
		}
	})
}

// hanging is a cluster that takes nothing until the context ends.
type hanging struct{ *faulty }

func (h *hanging) SendAll(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) error {
	<-ctx.Done()
	for i := range reqs {
		servers[i], errs[i] = -1, ctx.Err()
	}
	return ctx.Err()
}

// Two relays share the work; what one leaves, the other performs.
func TestTakeOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newStore()
		cluster := emittertest.NewCluster(1)
		socket := cluster.Connect(0, "/")
		first := run(t, relay.New(&memory{store: store}, &hanging{faulty: &faulty{Cluster: cluster}}))
		store.put("a", event("1", ""))
		store.put("a", event("2", ""))
		wait(time.Second)
		second := run(t, relay.New(&memory{store: store}, cluster))
		store.put("b", event("other", ""))
		wait(time.Second)
		first()
		wait(time.Second)
		second()
		if got := strings.Join(names(socket), " "); got != "other 1 2" {
			t.Errorf("received %v", got)
		}
		if left := store.unsettled(); len(left) > 0 {
			t.Errorf("left: %v", left)
		}
	})
}

package relay_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/emittertest"
	"github.com/sioxide/emitter/protocol"
	"github.com/sioxide/emitter/relay"
)

// scene is a relay from memory to a cluster in memory of two servers.
type scene struct {
	*store
	driver *faulty
	source *memory
	socket *emittertest.Socket // of the second server, in "/"
	relay  *relay.Relay
	stop   func()
}

// play runs f with a relay in a bubble of time.
func play(t *testing.T, opts []relay.Option, f func(s *scene)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &scene{store: newStore(), driver: &faulty{Cluster: emittertest.NewCluster(2)}}
		s.socket = s.driver.Connect(1, "/", "x")
		s.source = &memory{store: s.store}
		s.relay = relay.New(s.source, s.driver, opts...)
		s.stop = run(t, s.relay)
		f(s)
		s.stop()
		if n := s.claimed(); n > 0 {
			t.Errorf("%d messages are still claimed", n)
		}
	})
}

// wait lets so much time pass, and everything that happens in it.
func wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// putEvents puts so many events with a key, and returns their names: 0, 1, …
func (s *scene) putEvents(key string, n int) (names []string) {
	for i := range n {
		name := fmt.Sprint(i)
		names = append(names, name)
		s.put(key, event(name, name))
	}
	return names
}

func (s *scene) must(t *testing.T, want ...string) {
	t.Helper()
	if got := names(s.socket); !reflect.DeepEqual(got, want) {
		t.Errorf("received %v, want %v", got, want)
	}
}

func (s *scene) mustSettle(t *testing.T, dead ...string) {
	t.Helper()
	if left := s.unsettled(); len(left) > 0 {
		t.Errorf("not settled: %v", left)
	}
	got := s.reasons()
	if len(got) != len(dead) {
		t.Fatalf("dead letters %q, want %q", got, dead)
	}
	for i, want := range dead {
		if !strings.Contains(got[i], want) {
			t.Errorf("dead letter %q, want %q", got[i], want)
		}
	}
}

func TestOrder(t *testing.T) {
	play(t, []relay.Option{relay.Fetches(100, 0)}, func(s *scene) {
		other := s.driver.Connect(0, "/other")
		var want, elsewhere []string
		for i := range 1000 {
			name := fmt.Sprint("e", i)
			if i%3 == 0 {
				s.put("b", `{"op":"emit","ns":"/other","event":"`+name+`"}`)
				elsewhere = append(elsewhere, name)
				continue
			}
			s.put("a", event(name, ""))
			want = append(want, name)
		}
		wait(time.Second)
		s.must(t, want...)
		s.mustSettle(t)
		if got := names(other); !reflect.DeepEqual(got, elsewhere) {
			t.Errorf("elsewhere %v", got)
		}
		if st := s.relay.Stats(); st.Performed != 1000 || st.Retries != 0 || st.Held != 0 || st.Latency.Count != 1000 {
			t.Errorf("%+v", st)
		}
	})
}

// What is for one server alone keeps its place among what is for all.
func TestServersKeepOrder(t *testing.T) {
	play(t, nil, func(s *scene) {
		here := s.socket.Server
		for i := range 10 {
			s.put("a", event(fmt.Sprint("all", i), ""))
			s.put("a", fmt.Sprintf(`{"op":"leave","rooms":["x"],"server":%q}`, here))
			s.put("a", `{"op":"emit","to":["x"],"event":"never"}`)
			s.put("a", fmt.Sprintf(`{"op":"join","rooms":["x"],"socket":%q}`, s.socket.ID)) // asks for the socket's server first
			s.put("a", fmt.Sprintf(`{"op":"emit","to":["x"],"event":"one%d","server":%q}`, i, here))
		}
		wait(time.Second)
		var want []string
		for i := range 10 {
			want = append(want, fmt.Sprint("all", i), fmt.Sprint("one", i))
		}
		s.must(t, want...)
		s.mustSettle(t)
	})
}

func TestDuplicates(t *testing.T) {
	play(t, nil, func(s *scene) {
		s.put("a", event("1", "x"))
		s.put("a", event("1", "x")) // beside it
		s.put("b", event("1", "x"))
		s.put("a", event("2", "y"))
		wait(time.Second)
		s.put("c", event("1", "x")) // later
		wait(9 * time.Minute)
		s.put("c", event("2", "y"))
		wait(time.Second)
		s.must(t, "1", "2")
		s.mustSettle(t)
		wait(21 * time.Minute)
		s.put("c", event("2", "y")) // forgotten by then
		wait(time.Second)
		s.must(t, "1", "2", "2")
		if st := s.relay.Stats(); st.Performed != 3 || st.Duplicates != 4 {
			t.Errorf("%+v", st)
		}
	})
}

// What is refused becomes a dead letter, and nothing else waits for it.
func TestDeadLetters(t *testing.T) {
	play(t, nil, func(s *scene) {
		id := protocol.NewID()
		foreign := protocol.Request{Node: id, ID: id, Packet: protocol.Packet{Namespace: "/", Type: protocol.Event,
			Data: protocol.Value{Kind: protocol.Binary, Data: []byte("\x91\xa1e")}}, Opts: protocol.Opts{Flags: protocol.FlagBroadcast}}
		for _, line := range []string{
			event("1", ""), `{"op":"emit"`, `{"op":"emit","event":"connect"}`, event("2", ""), `{"op":"emit","event":"e","socket":"short"}`,
			fmt.Sprintf(`{"raw":%q}`, base64.StdEncoding.EncodeToString(foreign.AppendMsgpack(nil))),
			`{"op":"emit","event":"e","args":["` + strings.Repeat("x", 5<<20) + `"]}`,
			`{"op":"join","rooms":["a"],"socket":"AAAAAAAAAAAAAAAA"}`, `{"op":"emit","event":"e","args":[1e999]}`, event("3", ""),
		} {
			s.put("a", line)
		}
		wait(10 * time.Second)
		s.must(t, "1", "2", "3")
		s.mustSettle(t, "m/1: outbox: decode", "reserved", "16 characters", "wrong parser", "message too large", "no server lists", "beyond float64")
		if st := s.relay.Stats(); st.Dead != 7 || st.Performed != 3 || st.Retries != 0 {
			t.Errorf("%+v", st)
		}
	})
}

func TestMaxAge(t *testing.T) {
	play(t, []relay.Option{relay.MaxAge(time.Minute)}, func(s *scene) {
		at := func(d time.Duration) string { return time.Now().Add(-d).Format(time.RFC3339Nano) }
		s.put("a", `{"op":"emit","event":"old","at":"`+at(2*time.Minute)+`"}`)
		s.put("a", `{"op":"emit","event":"new","at":"`+at(time.Second)+`"}`)
		s.put("a", event("unknown", ""))
		wait(time.Second)
		s.must(t, "new", "unknown")
		s.mustSettle(t)
		if st := s.relay.Stats(); st.Stale != 1 || st.Performed != 2 {
			t.Errorf("%+v", st)
		}
	})
}

// What a relay can't work with is told at once.
func TestMisfits(t *testing.T) {
	cluster := emittertest.NewCluster(1)
	silent := emitter.PublishFunc(func(context.Context, string, []byte) error { return nil })
	source := &memory{store: newStore()}
	for name, r := range map[string]*relay.Relay{
		"no driver":      relay.New(source, nil),
		"no source":      relay.New(nil, cluster),
		"no answers":     relay.New(source, silent),
		"RequireServers": relay.New(source, cluster, relay.WithEmitter(emitter.RequireServers())),
		"prefix":         relay.New(source, cluster, relay.WithEmitter(emitter.WithPrefix("#"))),
	} {
		if err := r.Run(t.Context()); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		r := relay.New(&memory{store: newStore()}, cluster, nil, relay.WithLogger(nil), relay.WithMeterProvider(nil))
		stop := run(t, r)
		synctest.Wait()
		if err := r.Run(t.Context()); err == nil {
			t.Error("it runs twice")
		}
		stop()
	})
	// Its metrics are there all the same.
	res := httptest.NewRecorder()
	relay.New(nil, cluster).Handler().ServeHTTP(res, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if text := res.Body.String(); res.Code != http.StatusOK || strings.Contains(text, "lag_messages") || !strings.Contains(text, "performed_total 0") {
		t.Errorf("metrics without a source: %d %s", res.Code, text)
	}
}

// Where clients do not answer, Acked counts that, and nothing is performed twice.
func TestAcked(t *testing.T) {
	play(t, []relay.Option{relay.WithBatch(emitter.Acked())}, func(s *scene) {
		s.put("a", event("1", ""))
		wait(time.Minute)
		s.must(t, "1")
		s.mustSettle(t)
		if st := s.relay.Stats(); st.Unacked != 1 || st.Performed != 1 {
			t.Errorf("%+v", st)
		}
	})
}

var errSource = errors.New("the source is down")

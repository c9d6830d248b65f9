package relay_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
	"github.com/sioxide/emitter/relay"
)

// nameOf is the event of a request, "" where it has none.
func nameOf(req *protocol.Request) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(string(req.Packet.Data.AppendData(nil)), `["`), `"`)
	return name
}

// lastOf drops all but the last of each event: the order that counts when some came
// twice.
func lastOf(list []string) (out []string) {
	for i, name := range list {
		if !strings.Contains(" "+strings.Join(list[i+1:], " ")+" ", " "+name+" ") {
			out = append(out, name)
		}
	}
	return out
}

// logs collects a log.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.b.String(), text)
}

func health(r *relay.Relay, path string) (int, string) {
	w := httptest.NewRecorder()
	r.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}

// While the cluster is down nothing is lost, others may have the messages after a
// while, and it says so; back again, all is performed in order.
func TestClusterDown(t *testing.T) {
	var log logs
	play(t, []relay.Option{relay.WithLogger(slog.New(slog.NewTextHandler(&log, nil)))}, func(s *scene) {
		wait(time.Second)
		if code, body := health(s.relay, "/healthz"); code != http.StatusOK {
			t.Errorf("idle: %d %s", code, body)
		}
		s.driver.set(func(f *faulty) { f.fail = func(*protocol.Request) error { return emitter.NotSent(errBroken) } })
		for i := range 50 {
			s.put("a", event(fmt.Sprint(i), fmt.Sprint(i)))
			s.put("b", `{"op":"emit","ns":"/b","event":"x"}`)
		}
		wait(10 * time.Second)
		if code, body := health(s.relay, "/healthz"); code != http.StatusOK || s.claimed() == 0 {
			t.Errorf("after 10 s: %d %s", code, body)
		}
		wait(2 * time.Minute)
		if code, body := health(s.relay, "/healthz"); code != http.StatusServiceUnavailable || !strings.Contains(body, "broken connection") {
			t.Errorf("after a while: %d %s", code, body)
		}
		if _, body := health(s.relay, "/metrics"); !strings.Contains(body, "sioxide_relay_cluster_up 0") || !strings.Contains(body, "sioxide_relay_lag_messages 100") {
			t.Errorf("metrics: %s", body)
		}
		if n := s.claimed(); n != 0 {
			t.Errorf("%d messages are still kept from other relays", n)
		}
		if s.driver.sent > 200 {
			t.Errorf("it tried %d times in two minutes", s.driver.sent)
		}
		s.must(t)
		b := s.driver.Connect(0, "/b")
		s.driver.set(func(f *faulty) { f.fail = nil })
		wait(time.Minute)
		var want []string
		for i := range 50 {
			want = append(want, fmt.Sprint(i))
		}
		s.must(t, want...)
		s.mustSettle(t)
		if len(b.Received()) != 50 {
			t.Errorf("b received %v", names(b))
		}
		if code, _ := health(s.relay, "/healthz"); code != http.StatusOK {
			t.Error("not healthy again")
		}
		for _, text := range []string{"relay starts", "lost the cluster", "regained the cluster"} {
			if n := log.count(text); n != 1 {
				t.Errorf("%q is told %d times", text, n)
			}
		}
	})
	if log.count("relay stops") != 1 {
		t.Error("the end is not told")
	}
}

// A backend that ends when it has taken a window, and is there again a moment later: the
// servers answer every question then, and never got the window.
func TestLostBehindTheBackend(t *testing.T) {
	play(t, nil, func(s *scene) {
		var lost []string
		s.driver.set(func(f *faulty) {
			f.lose = func(req *protocol.Request) bool {
				if probed := len(lost) > 0 && lost[len(lost)-1] == "probe"; probed {
					return false
				}
				name := "probe"
				if req.Type == protocol.Broadcast {
					name = nameOf(req)
				}
				lost = append(lost, name)
				return true
			}
		})
		want := s.putEvents("a", 10)
		wait(30 * time.Second)
		if len(lost) < 2 {
			t.Errorf("lost %v: not an event and a probe", lost)
		}
		s.must(t, want...)
		s.mustSettle(t)
	})
}

// A connection that breaks in the middle leaves one in doubt, and those that were sent
// before it in its window unconfirmed: they are performed again, before what comes after
// them.
func TestInDoubt(t *testing.T) {
	play(t, nil, func(s *scene) {
		breaks := 3
		s.driver.set(func(f *faulty) {
			f.after = func(req *protocol.Request) error {
				if nameOf(req) == "5" && breaks > 0 {
					breaks--
					return errBroken
				}
				return nil
			}
		})
		want := s.putEvents("a", 10)
		wait(10 * time.Second)
		got := names(s.socket)
		if !reflect.DeepEqual(lastOf(got), want) || len(got) != 3*6+10 {
			t.Errorf("received %v", got)
		}
		s.mustSettle(t)
		if st := s.relay.Stats(); st.InDoubt != 3*6 || st.Performed != 10 {
			t.Errorf("%+v", st)
		}
	})
}

// Refused by an answer of the backend, one leaves those behind it sent: they come again
// after it.
func TestOrderAfterRefusal(t *testing.T) {
	play(t, nil, func(s *scene) {
		loading := 2
		s.driver.set(func(f *faulty) {
			f.fail = func(req *protocol.Request) error {
				if nameOf(req) == "1" && loading > 0 {
					loading--
					return errors.New("LOADING")
				}
				return nil
			}
		})
		for i := range 4 {
			s.put("a", event(fmt.Sprint(i), fmt.Sprint(i)))
		}
		wait(10 * time.Second)
		if got := names(s.socket); !reflect.DeepEqual(lastOf(got), []string{"0", "1", "2", "3"}) {
			t.Errorf("received %v", got)
		}
		s.mustSettle(t)
	})
}

// One that fails for ever, while the cluster answers, becomes a dead letter.
func TestPoison(t *testing.T) {
	play(t, nil, func(s *scene) {
		s.driver.set(func(f *faulty) {
			f.fail = func(req *protocol.Request) error {
				if nameOf(req) == "poison" {
					return errBroken
				}
				return nil
			}
		})
		s.put("a", event("1", ""))
		s.put("a", event("poison", ""))
		s.put("a", event("2", ""))
		wait(10 * time.Second)
		if got := lastOf(names(s.socket)); !reflect.DeepEqual(got, []string{"1", "2"}) {
			t.Errorf("received %v", got)
		}
		s.mustSettle(t, "m/1: tried 5 times: ")
	})
}

// An operation for a server that has gone becomes a dead letter.
func TestGoneServer(t *testing.T) {
	play(t, nil, func(s *scene) {
		s.put("a", event("1", ""))
		s.put("a", `{"op":"leave","rooms":["x"],"server":"AAAAAAAAAAAAAAAA"}`)
		s.put("a", event("2", ""))
		wait(10 * time.Second)
		s.must(t, "1", "2", "2") // what is behind it in its key is performed once more when it is out of the way
		s.mustSettle(t, "m/1: tried 3 times: the server that it is for is gone")
	})
}

// What is for a namespace that nobody serves waits, becomes a dead letter or is dropped,
// and others go on.
func TestNoServers(t *testing.T) {
	later := func(s *scene) {
		for i := range 20 {
			s.put("n", fmt.Sprintf(`{"op":"emit","ns":"/later","event":"e%d"}`, i))
			s.put("a", event(fmt.Sprint(i), ""))
		}
		wait(time.Minute)
		if n := len(s.socket.Received()); n != 20 {
			t.Errorf("%d of the others", n)
		}
		if code, _ := health(s.relay, "/healthz"); code != http.StatusOK {
			t.Error("it is not healthy")
		}
	}
	play(t, nil, func(s *scene) {
		later(s)
		if n := len(s.unsettled()); n != 20 {
			t.Errorf("%d wait", n)
		}
		socket := s.driver.Connect(0, "/later")
		wait(time.Minute)
		if n := len(socket.Received()); n != 20 || socket.Received()[0].Name != "e0" {
			t.Errorf("received %v", names(socket))
		}
		s.mustSettle(t)
	})
	play(t, []relay.Option{relay.WhenNoServers(relay.Dead)}, func(s *scene) {
		later(s)
		if got := s.reasons(); len(got) != 20 || !strings.Contains(got[0], "no server listens") {
			t.Errorf("dead letters %q", got)
		}
	})
	play(t, []relay.Option{relay.WhenNoServers(relay.Drop)}, func(s *scene) {
		later(s)
		s.mustSettle(t)
		if st := s.relay.Stats(); st.Dropped != 20 {
			t.Errorf("%+v", st)
		}
	})
}

// After servers have lost their subscription, what is sent meanwhile is sent again when
// they are back; servers that do not come back are waited for no longer than the grace.
func TestMissingServers(t *testing.T) {
	play(t, nil, func(s *scene) {
		s.put("a", event("1", ""))
		wait(time.Second)
		deaf := func(req *protocol.Request, n int) int {
			if req.Count && n > 0 {
				return n - 1 // the other one answers; that it is not counted is enough
			}
			return n
		}
		s.driver.set(func(f *faulty) { f.servers = deaf })
		s.put("a", event("2", ""))
		wait(3 * time.Second)
		if len(s.unsettled()) != 1 {
			t.Error("settled, though a server missed it")
		}
		s.driver.set(func(f *faulty) { f.servers = nil })
		wait(4 * time.Second) // a pause begun before is of 3.84 s at most
		s.must(t, "1", "2", "2")
		s.mustSettle(t)
		s.driver.set(func(f *faulty) { f.servers = deaf })
		s.put("a", event("3", ""))
		wait(12 * time.Second)
		s.mustSettle(t)
	})
}

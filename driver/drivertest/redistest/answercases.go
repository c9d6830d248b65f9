package redistest

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// ExerciseAnswers checks what drivers of Redis that are Listeners have in common
// beyond the contract.
func ExerciseAnswers(t *testing.T, newDriver Maker) {
	before := goleak.IgnoreCurrent()
	t.Run("answers", func(t *testing.T) { exerciseAnswers(t, newDriver) })
	// A cluster client of rueidis closes connections to nodes that moved 5 s later, and
	// looks at the slots again up to a second later, also when it is closed meanwhile.
	closing := goleak.IgnoreAnyFunction("github.com/redis/rueidis.(*clusterClient)._refresh.func2")
	looking := goleak.IgnoreAnyFunction("github.com/redis/rueidis.(*call).DelayDo.func1")
	if err := goleak.Find(before, closing, looking); err != nil {
		t.Errorf("a driver that is closed leaves no goroutine behind: %v", err)
	}
}

func exerciseAnswers(t *testing.T, newDriver Maker) {
	for name, run := range map[string]func(*testing.T, Maker){
		"questions share one subscription, to their own channel": sharedSubscription,
		"a pattern subscriber delays no question":                patternDelaysNothing,
		"Sharded asks where fred's servers answer":               shardedQuestion,
		"Redis restarts":                                    restarted,
		"Redis is down":                                     listenDown,
		"Redis says nothing":                                listenStalled,
		"a subscription's connection is killed":             killedConnection,
		"a channel of answers that an ACL forbids is named": answersForbidden,
		"a client that is closed is named":                  listenClosedClient,
		"Close ends the connection":                         closedConnection,
		"answers come from another node of a cluster":       clusterAnswers,
		"a slot of answers that moves is followed":          movedAnswers,
		"a node of a cluster restarts":                      restartedNode,
		"Classic can't ask on a cluster":                    classicCantAsk,
	} {
		t.Run(name, func(t *testing.T) { run(t, newDriver) })
	}
}

func sharedSubscription(t *testing.T, newDriver Maker) {
	s := Start(t)
	for _, sharded := range []bool{false, true} {
		d := listener(t, newDriver, Setting{Addrs: []string{s.Addr}, Sharded: sharded})
		node := protocol.NewNodeID()
		var wg sync.WaitGroup
		for range 200 {
			wg.Go(func() {
				q := newQuestion("/", node)
				if stop, err := d.Listen(limit(t), q.req, q.sink); err != nil {
					t.Error(err)
				} else {
					defer stop()
				}
				if n := s.Subscribers(t, q.channel(), sharded); n != 1 {
					t.Errorf("200 questions share one subscription: %d", n)
				}
			})
		}
		wg.Wait()
		other := newQuestion("/other", node)
		other.listen(t, d)
		command := "CHANNELS"
		if sharded {
			command = "SHARDCHANNELS"
		}
		var names []string
		for _, v := range s.Do(t, "PUBSUB", command).([]any) {
			names = append(names, string(v.([]byte)))
		}
		slices.Sort(names)
		if want := []string{newQuestion("/", node).channel(), other.channel()}; !slices.Equal(names, want) {
			t.Errorf("only channels of answers are subscribed, and kept: %q, want %q", names, want)
		}
		if n := s.pubsubClients(t); n != 1 {
			t.Errorf("all subscriptions share one connection: %d", n)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

// pubsubClients returns how many connections have subscriptions.
func (s *Server) pubsubClients(t testing.TB) int {
	t.Helper()
	return bytes.Count(s.Do(t, "CLIENT", "LIST", "TYPE", "pubsub").([]byte), []byte("\n"))
}

func patternDelaysNothing(t *testing.T, newDriver Maker) {
	s := Start(t)
	d := listener(t, newDriver, Setting{Addrs: []string{s.Addr}})
	monitor := WatchPattern(t, s.Addr, "*")
	serve(t, s, "/", false)
	start := time.Now()
	servers, err := emitter.New(d).Servers(limit(t))
	if err != nil || len(servers) != 1 || time.Since(start) > time.Second {
		t.Errorf("a question is answered at once: %v, %v after %v", servers, err, time.Since(start))
	}
	if len(<-monitor) == 0 {
		t.Error("the monitor sees the question")
	}
}

func shardedQuestion(t *testing.T, newDriver Maker) {
	s := Start(t)
	d := listener(t, newDriver, Setting{Addrs: []string{s.Addr}, Sharded: true})
	id := serve(t, s, "/", true)
	serve(t, s, "/", false) // a server with the redis driver: not reached
	servers, err := emitter.New(d).Servers(limit(t))
	if err != nil || len(servers) != 1 || servers[0].ID != id {
		t.Errorf("the server answers by SPUBLISH: %v, %v", servers, err)
	}
}

func restarted(t *testing.T, newDriver Maker) {
	s := Start(t)
	d := listener(t, newDriver, Setting{Addrs: []string{s.Addr}})
	io := emitter.New(d)
	serve(t, s, "/", false)
	if _, err := io.Servers(limit(t)); err != nil {
		t.Fatal(err)
	}
	s.Kill()
	start := time.Now()
	if _, err := io.Servers(context.Background()); err == nil || time.Since(start) > 15*time.Second {
		t.Errorf("without Redis a question ends with an error in time: %v after %v", err, time.Since(start))
	}
	s.Restart(t)
	untilSent(t, d, event("/", "Redis is back"))
	start = time.Now()
	if _, err := io.Servers(limit(t)); !errors.Is(err, emitter.ErrNoServers) || time.Since(start) > time.Second {
		t.Errorf("before the servers are back, a question ends at once with ErrNoServers: %v after %v", err, time.Since(start))
	}
	id := serve(t, s, "/", false)
	servers, err := io.Servers(limit(t))
	if err != nil || len(servers) != 1 || servers[0].ID != id {
		t.Errorf("the next question works without a new driver: %v, %v", servers, err)
	}
}

func listenDown(t *testing.T, newDriver Maker) {
	s := Start(t)
	d := listener(t, newDriver, Setting{Addrs: []string{s.Addr}})
	mustSend(t, d, event("/", "up"))
	s.Kill()
	start := time.Now()
	q := newQuestion("/", protocol.NewNodeID())
	_, err := d.Listen(context.Background(), q.req, q.sink)
	mustSay(t, err, true, q.channel(), s.Addr, "check the address")
	if d := time.Since(start); d > 15*time.Second {
		t.Errorf("a question ends in time when Redis is down: after %v", d)
	}
}

func listenStalled(t *testing.T, newDriver Maker) {
	s := Start(t)
	d := listener(t, newDriver, Setting{Addrs: []string{s.Addr}})
	q := newQuestion("/", protocol.NewNodeID())
	q.listen(t, d)
	resume := s.Stall(t)
	start := time.Now()
	other := newQuestion("/other", q.req.Node)
	_, err := d.Listen(context.Background(), other.req, other.sink)
	mustSay(t, err, true, other.channel())
	if d := time.Since(start); d > 15*time.Second {
		t.Errorf("a question ends in time when Redis says nothing: after %v", d)
	}
	resume()
	other.untilAnswered(t, d, func(data []byte) { Answer(t, s.Addr, other.channel(), false, data) })
	q.untilAnswered(t, d, func(data []byte) { Answer(t, s.Addr, q.channel(), false, data) })
}

func killedConnection(t *testing.T, newDriver Maker) {
	s := Start(t)
	var log lockedBuffer
	d := listener(t, newDriver, Setting{Addrs: []string{s.Addr}, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	q := newQuestion("/", protocol.NewNodeID())
	q.listen(t, d)
	other := newQuestion("/other", q.req.Node)
	other.listen(t, d)
	for range 3 {
		s.Do(t, "CLIENT", "KILL", "TYPE", "pubsub")
		for _, q := range []*question{q, other} {
			s.untilSubscribed(t, q.channel())
			before := q.answers()
			Answer(t, s.Addr, q.channel(), false, q.response())
			q.mustGet(t, before+1)
		}
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		lost, restored := strings.Count(log.String(), "subscription lost"), strings.Count(log.String(), "subscription restored")
		if lost == 6 && restored == 6 && strings.Contains(log.String(), other.channel()) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the log tells of 6 subscriptions lost and restored, not of %d and %d:\n%s", lost, restored, log.String())
		}
	}
}

func (s *Server) untilSubscribed(t testing.TB, channel string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); s.Subscribers(t, channel, false) == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the subscription to %q comes back: not within 20 s", channel)
		}
	}
}

func answersForbidden(t *testing.T, newDriver Maker) {
	s := Start(t)
	node := protocol.NewNodeID()
	allowed, forbidden := newQuestion("/allowed", node), newQuestion("/forbidden", node)
	setting := restricted(t, s, "+@all", "&"+allowed.channel())
	d := listener(t, newDriver, setting)
	allowed.listen(t, d)
	_, err := d.Listen(limit(t), forbidden.req, forbidden.sink)
	mustSay(t, err, true, "NOPERM", forbidden.channel(), "ACL SETUSER", "+subscribe")
	Answer(t, s.Addr, allowed.channel(), false, allowed.response())
	allowed.mustGet(t, 1)
	s.Do(t, "ACL", "SETUSER", "emitter", "&"+forbidden.channel())
	forbidden.listen(t, d)
	Answer(t, s.Addr, forbidden.channel(), false, forbidden.response())
	forbidden.mustGet(t, 1)
}

func listenClosedClient(t *testing.T, newDriver Maker) {
	s := Start(t)
	d, closeClient := newDriver(t, Setting{Addrs: []string{s.Addr}})
	l := asListener(t, d)
	closeClient()
	q := newQuestion("/", protocol.NewNodeID())
	_, err := l.Listen(limit(t), q.req, q.sink)
	mustSay(t, err, true, q.channel(), "the client must outlive the driver")
}

func closedConnection(t *testing.T, newDriver Maker) {
	s := Start(t)
	d := listener(t, newDriver, Setting{Addrs: []string{s.Addr}})
	q := newQuestion("/", protocol.NewNodeID())
	q.listen(t, d)
	if n := s.pubsubClients(t); n != 1 {
		t.Errorf("a question subscribes on one connection: %d", n)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	for deadline := time.Now().Add(20 * time.Second); s.pubsubClients(t) > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("Close ends the driver's connection")
		}
	}
}

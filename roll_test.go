//go:build !nocommon && !nomsgpack

package emitter_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/emittertest"
	"github.com/sioxide/emitter/protocol"
)

// collect is how long a question collects who is there.
const collect = time.Second

// byName is a cluster whose servers can't be counted, only heard of.
type byName struct {
	*mute
	roster emitter.Roster
	sent   atomic.Int64
	takes  time.Duration // to send a request
}

func newByName(c *emittertest.Cluster) *byName {
	return &byName{mute: &mute{Cluster: c, silent: make(map[string]bool)}}
}

func (d *byName) Roster(string, string) *emitter.Roster { return &d.roster }

func (d *byName) Send(ctx context.Context, req *protocol.Request) (int, error) {
	d.sent.Add(1)
	time.Sleep(d.takes)
	_, err := d.mute.Send(ctx, req)
	return -1, err
}

func (d *byName) SendAll(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) error {
	var first error
	for i, req := range reqs {
		servers[i], errs[i] = d.Send(ctx, req)
		first = errors.Join(first, errs[i])
	}
	return first
}

// took runs a question and checks what it lasts, found and returned.
func took(t *testing.T, what string, want time.Duration, target error, ask func() error) error {
	t.Helper()
	start := time.Now()
	err := ask()
	if since := time.Since(start); since != want || !errors.Is(err, target) {
		t.Errorf("%s: %v after %v, want %v after %v", what, err, since, target, want)
	}
	return err
}

func rooms(t *testing.T, io emitter.Emitter) func() error {
	return func() error { return second(io.Rooms(t.Context())) }
}

func TestTheFirstQuestionCollectsForASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := threeServers()
		d := newByName(c)
		io := emitter.New(d)
		took(t, "the first", time.Second, nil, rooms(t, io))
		if n := d.sent.Load(); n != 1 {
			t.Errorf("%d requests were sent, want 1: the question itself is the probe", n)
		}
		took(t, "the second", 0, nil, rooms(t, io))
		d.silent[s[1].Server] = true
		err := took(t, "a silent member", 5*time.Second, emitter.ErrTimeout, rooms(t, io))
		if !strings.Contains(err.Error(), s[1].Server) || !strings.Contains(err.Error(), "2 of 3") {
			t.Errorf("%v; want the silent server's id, and 2 of 3", err)
		}
		took(t, "a member silent for the second time", 5*time.Second, emitter.ErrTimeout, rooms(t, io))
		took(t, "without the dropped one", 0, nil, rooms(t, io))
		d.silent[s[1].Server] = false
		took(t, "one that is back is heard", 0, nil, rooms(t, io))
		if d.roster.Len() != 3 {
			t.Errorf("%d members, want 3", d.roster.Len())
		}
	})
}

// A question that may take a second, of which sending it takes a part, has enough time;
// one that may not says so.
func TestAQuestionShorterThanTheCollection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := threeServers()
		d := newByName(c)
		d.takes = 50 * time.Millisecond
		io := emitter.New(d).Timeout(collect)
		short := io.Timeout(collect / 2)
		err := took(t, "half of the time", collect/2, emitter.ErrTimeout, rooms(t, short))
		if !strings.Contains(err.Error(), "3 servers answered") || !strings.Contains(err.Error(), "collects for 1s") {
			t.Errorf("%v: want that 3 answered and that it needs a second", err)
		}
		d.takes = 150 * time.Millisecond
		took(t, "too late a start", collect, emitter.ErrTimeout, rooms(t, io))
		d.takes = 50 * time.Millisecond
		took(t, "almost a second", collect, nil, rooms(t, io))
		took(t, "all are known", d.takes, nil, rooms(t, short))

		c, _ = threeServers()
		d = newByName(c)
		d.takes = 50 * time.Millisecond
		took(t, "a context that is cancelled", 950*time.Millisecond, context.Canceled, func() error {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(950*time.Millisecond, cancel)
			return second(emitter.New(d).Rooms(ctx))
		})
		took(t, "a deadline", collect, nil, func() error {
			ctx, cancel := context.WithTimeout(t.Context(), collect)
			defer cancel()
			return second(emitter.New(d).Rooms(ctx))
		})

		c, s := threeServers()
		d = newByName(c)
		d.takes = 50 * time.Millisecond
		d.roster.Heard(id(s[1].Server))
		d.silent[s[1].Server] = true
		err = took(t, "one that was heard and is silent", collect, emitter.ErrTimeout, rooms(t, emitter.New(d).Timeout(collect)))
		if !strings.Contains(err.Error(), s[1].Server) {
			t.Errorf("%v does not name the silent server", err)
		}
	})
}

// One server's heartbeat, or its answer to a question that still collects, must not
// be taken for all there is.
func TestTheFirstToBeHeardIsNotAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := threeServers()
		d := newByName(c)
		io := emitter.New(d)
		d.roster.Heard(id(s[1].Server))
		for range 2 {
			go took(t, "one that begins first", time.Second, nil, rooms(t, io))
		}
		time.Sleep(time.Millisecond)
		err := took(t, "one that begins when answers have come", time.Second, nil, func() error {
			servers, err := io.Servers(t.Context())
			if len(servers) != 3 {
				t.Errorf("%d servers, want 3", len(servers))
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		synctest.Wait()
		took(t, "once all are known", 0, nil, rooms(t, io))
	})
}

func TestOneThatWasHeardIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := threeServers()
		d := newByName(c)
		d.silent[s[2].Server] = true
		d.roster.Heard(id(s[2].Server))
		err := took(t, "the first", 5*time.Second, emitter.ErrTimeout, rooms(t, emitter.New(d)))
		if !strings.Contains(err.Error(), s[2].Server) {
			t.Errorf("%v does not name the silent server", err)
		}
		d.silent[s[0].Server], d.silent[s[1].Server] = true, true
		d = &byName{mute: d.mute}
		d.roster.Heard(id(s[2].Server))
		err = took(t, "nobody answers", 5*time.Second, emitter.ErrTimeout, rooms(t, emitter.New(d)))
		if errors.Is(err, emitter.ErrNoServers) {
			t.Errorf("%v, though one was heard", err)
		}
	})
}

func TestQuestionsAtTheSameTimeCountOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := threeServers()
		d := newByName(c)
		io := emitter.New(d)
		took(t, "the first", time.Second, nil, rooms(t, io))
		d.silent[s[0].Server] = true
		done := make(chan error)
		for range 5 {
			go func() { done <- second(io.Sockets(t.Context())) }()
		}
		for range 5 {
			if err := <-done; !errors.Is(err, emitter.ErrTimeout) {
				t.Error(err)
			}
		}
		if d.roster.Len() != 3 {
			t.Errorf("%d members after 5 questions at once, want 3: a member that was silent once stays", d.roster.Len())
		}
	})
}

func TestAQuestionCutShortBlamesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := threeServers()
		d := newByName(c)
		io := emitter.New(d)
		took(t, "the first", time.Second, nil, rooms(t, io))
		d.silent[s[0].Server] = true
		for range 3 {
			took(t, "a short one", 100*time.Millisecond, emitter.ErrTimeout, rooms(t, io.Timeout(100*time.Millisecond)))
		}
		if d.roster.Len() != 3 {
			t.Errorf("%d members, want 3", d.roster.Len())
		}
	})
}

func TestMembersOfTheLastMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := threeServers()
		d := newByName(c)
		io := emitter.New(d)
		took(t, "the first", time.Second, nil, rooms(t, io))
		for range 5 {
			time.Sleep(30 * time.Second)
			d.roster.Heard(id(s[0].Server))
		}
		if got := d.roster.IDs(); !slices.Equal(got, []protocol.ID{id(s[0].Server)}) {
			t.Errorf("members %v, want the one that was heard", got)
		}
		took(t, "one member", 0, nil, rooms(t, io))
		time.Sleep(61 * time.Second)
		took(t, "nobody was heard for a minute", time.Second, nil, rooms(t, io))
	})
}

func TestNobodyAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := threeServers()
		d := newByName(c)
		io := emitter.New(d)
		for _, socket := range s {
			d.silent[socket.Server] = true
		}
		took(t, "all", 5*time.Second, emitter.ErrNoServers, rooms(t, io))
		took(t, "one server", 5*time.Second, emitter.ErrNoServers, rooms(t, io.ToServer(s[0].Server)))
		time.AfterFunc(3*time.Second, func() { clear(d.silent) })
		took(t, "RequireServers", 5*time.Second, emitter.ErrNoServers, func() error {
			return emitter.New(&uncountedRoster{d}, emitter.RequireServers()).Emit(t.Context(), "a")
		})
	})
}

// uncountedRoster refuses to count what is not answered, as drivers do.
type uncountedRoster struct{ *byName }

func (d *uncountedRoster) Send(ctx context.Context, req *protocol.Request) (int, error) {
	if req.Count && !req.Type.IsAnswered() {
		return -1, emitter.NotSent(emitter.ErrUnsupported)
	}
	return d.byName.Send(ctx, req)
}

func TestAcksByName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := threeServers()
		for _, socket := range s {
			socket.OnAck(func(string, []any) []any { return []any{"yes"} })
		}
		d := newByName(c)
		for _, want := range []time.Duration{time.Second, 0} {
			took(t, "acks", want, nil, func() error {
				acks, err := emitter.New(d, emitter.OncePerSocket()).To("r", "s").EmitWithAck(t.Context(), "ready?")
				if err != nil {
					return err
				}
				n := 0
				for _, err := range acks.All() {
					if err != nil {
						return err
					}
					n++
				}
				if n != 4 {
					t.Errorf("%d acks, want 4", n)
				}
				return nil
			})
		}
		d.silent[s[2].Server] = true
		acks, err := emitter.New(d).To("r").EmitWithAck(t.Context(), "ready?")
		if err != nil {
			t.Fatal(err)
		}
		defer acks.Close()
		synctest.Wait()
		if got := acks.Silent(); !slices.Equal(got, []string{s[2].Server}) {
			t.Errorf("silent: %v, want %s", got, s[2].Server)
		}
	})
}

func TestWindowsToNobodyWaitOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newByName(emittertest.NewCluster(0))
		b := emitter.NewBatch(d, emitter.Window(10))
		io := emitter.New(d).Via(b)
		took(t, "100 windows", 7*time.Second, nil, func() error {
			for range 1000 {
				if err := io.Emit(t.Context(), "a"); err != nil {
					return err
				}
			}
			return b.Flush(t.Context())
		})
	})
}

// Whoever is there is collected once, by the first window's own probe.
func TestTheFirstWindowCollectsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := threeServers()
		d := newByName(c)
		d.takes = time.Millisecond
		b := emitter.NewBatch(d, emitter.Window(2))
		io := emitter.New(d).Via(b)
		took(t, "the first window", time.Second+3*d.takes, nil, func() error { fill(t, io, 2); return nil })
		took(t, "the others", 15*d.takes, nil, func() error { fill(t, io, 10); return b.Flush(t.Context()) })
		if n := d.sent.Load(); n != 12+6 {
			t.Errorf("%d requests were sent, want 12 events and 6 probes", n)
		}
	})
}

func TestSyncByName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := threeServers()
		d := newByName(c)
		io := emitter.New(d)
		took(t, "the first", time.Second, nil, func() error { return io.Sync(t.Context()) })
		gone := io.ToServer(s[1].Server)
		if err := gone.Emit(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		d.silent[s[1].Server] = true
		sync := func() error { return io.Sync(t.Context()) }
		took(t, "a server that has gone", 5*time.Second, emitter.ErrTimeout, sync)
		took(t, "again", 5*time.Second, emitter.ErrTimeout, sync)
		took(t, "it is not waited for any more", 0, nil, sync)
	})
}

// empty is a Rosterer whose backend says that nobody listens.
type empty struct{ *byName }

func (d empty) Send(ctx context.Context, req *protocol.Request) (int, error) {
	_, err := d.byName.Send(ctx, req)
	return 0, err
}

func TestABackendThatSaysThatNobodyListens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := empty{newByName(emittertest.NewCluster(0))}
		io := emitter.New(d)
		took(t, "a question", 0, emitter.ErrNoServers, rooms(t, io))
		d.roster.Heard(protocol.NewNodeID())
		took(t, "a question, with a server heard of", 0, emitter.ErrNoServers, rooms(t, io))
	})
}

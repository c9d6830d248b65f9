//go:build !nocommon && !nomsgpack

package emitter_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/emittertest"
	"github.com/sioxide/emitter/protocol"
)

// threeServers is a cluster with a socket in room "r" on each server and one in
// "s" on the first.
func threeServers() (*emittertest.Cluster, []*emittertest.Socket) {
	c := emittertest.NewCluster(3)
	var sockets []*emittertest.Socket
	for i := range 3 {
		sockets = append(sockets, c.Connect(i, "/", "r", fmt.Sprint("own", i)))
	}
	return c, append(sockets, c.Connect(0, "/", "s"))
}

func TestSocketsOfAnySelection(t *testing.T) {
	c, s := threeServers()
	io := emitter.New(c)
	for name, tc := range map[string]struct {
		io   emitter.Emitter
		want []int // of s
	}{
		"all":             {io, []int{0, 1, 2, 3}},
		"a room":          {io.To("r"), []int{0, 1, 2}},
		"a room but one":  {io.To("r").ExceptSocket(s[1].ID), []int{0, 2}},
		"but a room":      {io.Except("r"), []int{3}},
		"one socket":      {io.ToSocket(s[2].ID), []int{2}},
		"one server":      {io.ToServer(s[0].Server), []int{0, 3}},
		"nobody":          {io.To("nobody"), nil},
		"socket, server":  {io.ToSocket(s[1].ID).ToServer(s[1].Server), []int{1}},
		"not that server": {io.ToSocket(s[1].ID).ToServer(s[0].Server), nil},
	} {
		got, err := tc.io.Sockets(t.Context())
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var want, ids []string
		for _, i := range tc.want {
			want = append(want, s[i].ID+s[i].Server+"/")
		}
		for _, g := range got {
			ids = append(ids, g.ID+g.Server+g.Namespace)
		}
		slices.Sort(want)
		if !slices.Equal(ids, want) {
			t.Errorf("%s: %v, want %v", name, ids, want)
		}
	}
}

func TestRoomsOfAnySelection(t *testing.T) {
	c, s := threeServers()
	io := emitter.NewMsgpack(c)
	for name, tc := range map[string]struct {
		io   emitter.Emitter
		want string
	}{
		"all":        {io, "own0 own1 own2 r s"},
		"a room":     {io.To("own1", "own2"), "own1 own2 r"},
		"one socket": {io.ToSocket(s[0].ID), "own0 r"},
		"one server": {io.ToServer(s[0].Server), "own0 r s"},
		"nobody":     {io.To("nobody"), ""},
	} {
		got, err := tc.io.Rooms(t.Context())
		if err != nil || strings.Join(got, " ") != tc.want {
			t.Errorf("%s: %v, %v; want %v", name, got, err, tc.want)
		}
	}
}

func TestServers(t *testing.T) {
	c, _ := threeServers()
	got, err := emitter.New(c).To("nobody").Servers(t.Context())
	if err != nil || len(got) != 3 {
		t.Fatalf("%v, %v", got, err)
	}
	want := slices.Sorted(slices.Values(c.Servers()))
	for i, s := range got {
		if s.ID != want[i] || s.RTT <= 0 {
			t.Errorf("server %d is %+v, want id %s", i, s, want[i])
		}
	}
	one, err := emitter.New(c).ToServer(want[1]).Servers(t.Context())
	if err != nil || len(one) != 1 || one[0].ID != want[1] {
		t.Errorf("one server: %v, %v", one, err)
	}
}

func TestNobodyToAsk(t *testing.T) {
	io := emitter.New(emittertest.NewCluster(2)).Of("/empty")
	_, e1 := io.Sockets(t.Context())
	_, e2 := io.Rooms(t.Context())
	_, e3 := io.Servers(t.Context())
	_, e4 := io.EmitWithAck(t.Context(), "a")
	for i, err := range []error{e1, e2, e3, e4, io.Sync(t.Context())} {
		if !errors.Is(err, emitter.ErrNoServers) || !strings.Contains(err.Error(), "/empty") {
			t.Errorf("question %d: %v, want ErrNoServers", i, err)
		}
	}
}

// A driver that can't bring answers back says so at once, also where a batch is in
// between.
func TestAskingWithoutAListener(t *testing.T) {
	c := emittertest.NewCluster(1)
	for name, d := range map[string]emitter.Driver{
		"a recorder":    emittertest.NewRecorder(),
		"a PublishFunc": emitter.PublishFunc(func(context.Context, string, []byte) error { return nil }),
		"a batch":       emitter.NewBatch(c),
	} {
		io := emitter.New(d)
		_, e1 := io.Sockets(t.Context())
		_, e2 := io.EmitWithAck(t.Context(), "a")
		for i, err := range []error{e1, e2, io.Sync(t.Context())} {
			if !errors.Is(err, emitter.ErrUnsupported) {
				t.Errorf("%s, question %d: %v, want ErrUnsupported", name, i, err)
			}
		}
	}
}

// mute is a cluster of whose servers some never answer.
type mute struct {
	*emittertest.Cluster
	silent map[string]bool
	count  int // what Send returns; 0: what the cluster says
}

func (m *mute) Listen(ctx context.Context, req *protocol.Request, sink func(protocol.Response)) (func(), error) {
	return m.Cluster.Listen(ctx, req, func(res protocol.Response) {
		if !m.silent[res.Server.String()] {
			sink(res)
		}
	})
}

func (m *mute) Send(ctx context.Context, req *protocol.Request) (int, error) {
	n, err := m.Cluster.Send(ctx, req)
	if m.count != 0 {
		n = m.count
	}
	return n, err
}

func TestAServerThatNeverAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := threeServers()
		d := &mute{Cluster: c, silent: map[string]bool{}}
		io := emitter.New(d)
		if _, err := io.Servers(t.Context()); err != nil { // so that all three are known by name
			t.Fatal(err)
		}
		d.silent[s[1].Server] = true
		start := time.Now()
		got, err := io.Sockets(t.Context())
		if !errors.Is(err, emitter.ErrTimeout) || time.Since(start) != 5*time.Second || len(got) != 3 {
			t.Errorf("after %v: %d sockets, %v; want the 3 of the other servers and ErrTimeout after 5 s", time.Since(start), len(got), err)
		}
		if !strings.Contains(err.Error(), s[1].Server) || !strings.Contains(err.Error(), "2 of 3") {
			t.Errorf("%v; want the silent server's id", err)
		}
		start = time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 700*time.Millisecond)
		defer cancel()
		_, err = io.Timeout(2 * time.Second).Rooms(ctx)
		if !errors.Is(err, emitter.ErrTimeout) || time.Since(start) != 700*time.Millisecond {
			t.Errorf("after %v: %v; the context's deadline wins", time.Since(start), err)
		}
		start = time.Now()
		if err := io.Timeout(2 * time.Second).Sync(t.Context()); !errors.Is(err, emitter.ErrTimeout) || time.Since(start) != 2*time.Second || !strings.Contains(err.Error(), s[1].Server) {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
	})
}

func TestAContextThatEndsAQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := threeServers()
		d := &mute{Cluster: c, silent: map[string]bool{s[0].Server: true}}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err := emitter.New(d).Rooms(ctx)
		if !errors.Is(err, emitter.ErrTimeout) || !errors.Is(err, context.Canceled) {
			t.Errorf("%v; want ErrTimeout and context.Canceled", err)
		}
	})
}

func TestTooLittleTime(t *testing.T) {
	c, _ := threeServers()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Microsecond)
	defer cancel()
	for name, err := range map[string]error{
		"Timeout(0)":     second(emitter.New(c).Timeout(0).Rooms(t.Context())),
		"Timeout(-1)":    second(emitter.New(c).Timeout(-1).Rooms(t.Context())),
		"Timeout(999µs)": second(emitter.New(c).Timeout(999 * time.Microsecond).Rooms(t.Context())),
		"a deadline":     second(emitter.New(c).Rooms(ctx)),
	} {
		if !errors.Is(err, emitter.ErrTimeout) && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v, want ErrTimeout", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// A driver that can't count, as on PostgreSQL and MongoDB: a quiet time ends the
// wait.
func TestDriverThatCannotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := threeServers()
		start := time.Now()
		got, err := emitter.New(&mute{Cluster: c, count: -1}).Sockets(t.Context())
		if err != nil || len(got) != 4 || time.Since(start) != 300*time.Millisecond {
			t.Errorf("after %v: %d sockets, %v; want 4 after 300 ms", time.Since(start), len(got), err)
		}
		start = time.Now()
		nobody := &mute{Cluster: emittertest.NewCluster(0), count: -1}
		if _, err := emitter.New(nobody).Sockets(t.Context()); !errors.Is(err, emitter.ErrTimeout) || time.Since(start) != 5*time.Second {
			t.Errorf("after %v: %v; want ErrTimeout after 5 s", time.Since(start), err)
		}
	})
}

// uncounted can't count in the same round trip.
type uncounted struct {
	*emittertest.Cluster
	sent []protocol.Type
}

func (d *uncounted) Send(ctx context.Context, req *protocol.Request) (int, error) {
	if req.Count && !req.Type.IsAnswered() {
		return -1, emitter.NotSent(emitter.ErrUnsupported)
	}
	d.sent = append(d.sent, req.Type)
	return d.Cluster.Send(ctx, req)
}

func TestRequireServersByAProbe(t *testing.T) {
	d := &uncounted{Cluster: emittertest.NewCluster(2)}
	io := emitter.New(d, emitter.RequireServers())
	if err := io.Emit(t.Context(), "a"); err != nil {
		t.Error(err)
	}
	if !slices.Equal(d.sent, []protocol.Type{protocol.AllRooms, protocol.Broadcast}) {
		t.Errorf("sent %v, want a probe and then the event", d.sent)
	}
	d.sent = nil
	err := io.Of("/empty").Emit(t.Context(), "a")
	if !errors.Is(err, emitter.ErrNoServers) || !emitter.SafeToRetry(err) || slices.Contains(d.sent, protocol.Broadcast) {
		t.Errorf("%v, sent %v; want ErrNoServers and no event", err, d.sent)
	}
}

func TestSocketsAreUsedOnTheirOwnServer(t *testing.T) {
	c, s := threeServers()
	io := emitter.New(c)
	found, err := io.ToSocket(s[1].ID).Sockets(t.Context())
	if err != nil || len(found) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	f := found[0]
	if err := errors.Join(f.Join(t.Context(), "new"), f.Leave(t.Context(), "r"), f.Emit(t.Context(), "hi", 1)); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(s[1].Rooms(), " "); got != "new own1" {
		t.Errorf("rooms %q", got)
	}
	if rooms, _ := io.ToServer(s[0].Server).Rooms(t.Context()); slices.Contains(rooms, "new") {
		t.Error("another server keeps a ghost")
	}
	if len(s[1].Received()) != 1 || len(s[0].Received()) != 0 {
		t.Errorf("received %v and %v", s[1].Received(), s[0].Received())
	}
	if err := f.Disconnect(t.Context()); err != nil || s[1].Connected() {
		t.Errorf("%v, still connected: %v", err, s[1].Connected())
	}
}

func TestJoinOfASocketAsksForItsServer(t *testing.T) {
	c, s := threeServers()
	io := emitter.New(c)
	if err := io.ToSocket(s[2].ID).Join(t.Context(), "new"); err != nil {
		t.Fatal(err)
	}
	for _, server := range c.Servers() {
		rooms, err := io.ToServer(server).Rooms(t.Context())
		if err != nil || slices.Contains(rooms, "new") != (server == s[2].Server) {
			t.Errorf("server %s has %v, %v; the socket is on %s", server, rooms, err, s[2].Server)
		}
	}
	err := io.ToSocket(sidA).Join(t.Context(), "new")
	if !errors.Is(err, emitter.ErrSocketClosed) || !emitter.SafeToRetry(err) {
		t.Errorf("a socket that nobody lists: %v", err)
	}
}

func TestManyQuestionsAtOnce(t *testing.T) {
	c, s := threeServers()
	io := emitter.New(c)
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			want := s[i%len(s)]
			got, err := io.ToSocket(want.ID).Sockets(t.Context())
			if err != nil || len(got) != 1 || got[0].ID != want.ID {
				t.Errorf("%v, %v; want %s", got, err, want.ID)
			}
		})
	}
	wg.Wait()
}

func TestCloseEndsQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := threeServers()
		d := &mute{Cluster: c, silent: map[string]bool{s[0].Server: true}}
		time.AfterFunc(time.Second, func() { _ = c.Close() })
		if _, err := emitter.New(d).Rooms(t.Context()); !errors.Is(err, emitter.ErrClosed) {
			t.Errorf("%v, want ErrClosed", err)
		}
		if _, err := emitter.New(d).Rooms(t.Context()); !errors.Is(err, emitter.ErrClosed) {
			t.Errorf("a question after Close: %v, want ErrClosed", err)
		}
	})
}

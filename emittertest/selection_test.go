//go:build !nocommon && !nomsgpack

package emittertest_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/sioxide/emitter/emittertest"
	"github.com/sioxide/emitter/internal/rooms/roomstest"
	"github.com/sioxide/emitter/protocol"
)

// hello is the packet of an event without arguments.
func hello() protocol.Packet {
	return protocol.Packet{Namespace: "/", Type: protocol.Event, Data: protocol.Value{Data: []byte(`["hello"]`)}}
}

// request has what each request has; the caller sets the rest.
func request(t protocol.Type, opts protocol.Opts) *protocol.Request {
	return &protocol.Request{Prefix: "socket.io", Namespace: "/", Node: protocol.NewNodeID(), ID: protocol.NewID(), Type: t, Opts: opts}
}

// four connects the sockets of roomstest to two servers, in namespace /.
func four() (*emittertest.Cluster, map[string]*emittertest.Socket) {
	c, sockets := emittertest.NewCluster(2), map[string]*emittertest.Socket{}
	for i, name := range slices.Sorted(maps.Keys(roomstest.Joined)) {
		sockets[name] = c.Connect(i%2, "/", roomstest.Joined[name]...)
		c.Connect(i%2, "/admin", roomstest.Joined[name]...) // must never be meant
	}
	return c, sockets
}

// optsOf puts the socket's id into a case's opts.
func optsOf(t *testing.T, tc *roomstest.Case, sockets map[string]*emittertest.Socket) protocol.Opts {
	opts := tc.Opts
	switch {
	case tc.Sid == "":
	case sockets[tc.Sid] == nil:
		opts.Sid = protocol.NewID()
	default:
		var err error
		if opts.Sid, err = protocol.ParseID(sockets[tc.Sid].ID); err != nil {
			t.Fatal(err)
		}
	}
	return opts
}

func TestSelection(t *testing.T) {
	for i := range roomstest.Cases {
		tc := &roomstest.Cases[i]
		t.Run(tc.Name, func(t *testing.T) {
			want := tc.Want
			if want == "x" { // it is not here
				want = ""
			}
			checkReceived(t, tc, want)
			checkListed(t, tc, want)
			checkMoved(t, tc, want)
			checkDisconnected(t, tc, want)
		})
	}
}

// names returns the letters of the sockets for which is holds.
func names(sockets map[string]*emittertest.Socket, is func(*emittertest.Socket) bool) (s string) {
	for _, name := range slices.Sorted(maps.Keys(sockets)) {
		if is(sockets[name]) {
			s += name
		}
	}
	return s
}

func send(t *testing.T, c *emittertest.Cluster, req *protocol.Request) {
	t.Helper()
	if n, err := c.Send(t.Context(), req); n != 2 || err != nil {
		t.Errorf("%s: %d servers, %v", req.Type, n, err)
	}
}

func checkReceived(t *testing.T, tc *roomstest.Case, want string) {
	c, sockets := four()
	req := request(protocol.Broadcast, optsOf(t, tc, sockets))
	req.Packet = hello()
	send(t, c, req)
	if got := names(sockets, func(s *emittertest.Socket) bool { return len(s.Received()) == 1 }); got != want {
		t.Errorf("%q received it once, want %q", got, want)
	}
	if got := names(sockets, func(s *emittertest.Socket) bool { return len(s.Received()) > 1 }); got != "" {
		t.Errorf("%q received it more than once", got)
	}
}

func checkListed(t *testing.T, tc *roomstest.Case, want string) {
	c, sockets := four()
	req := request(protocol.FetchSockets, optsOf(t, tc, sockets))
	listed := map[string]string{}
	stop, err := c.Listen(t.Context(), req, func(res protocol.Response) {
		for _, s := range res.Sockets {
			listed[s.ID.String()] += s.Server.String() + s.Namespace
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	send(t, c, req)
	if got := names(sockets, func(s *emittertest.Socket) bool { return listed[s.ID] == s.Server+"/" }); got != want || len(listed) != len(want) {
		t.Errorf("%q are listed, once and at their server, want %q: %v", got, want, listed)
	}
}

func checkMoved(t *testing.T, tc *roomstest.Case, want string) {
	c, sockets := four()
	req := request(protocol.AddSockets, optsOf(t, tc, sockets))
	req.Rooms = []string{"vip", "gold"}
	send(t, c, req)
	in := func(s *emittertest.Socket) bool {
		return slices.Contains(s.Rooms(), "vip") && slices.Contains(s.Rooms(), "gold")
	}
	if got := names(sockets, in); got != want {
		t.Errorf("%q joined, want %q", got, want)
	}
	req.Type = protocol.DelSockets
	send(t, c, req)
	for name, s := range sockets {
		if !slices.Equal(s.Rooms(), roomstest.Joined[name]) {
			t.Errorf("after leaving %q is in %q", name, s.Rooms())
		}
	}
}

func checkDisconnected(t *testing.T, tc *roomstest.Case, want string) {
	c, sockets := four()
	send(t, c, request(protocol.DisconnectSockets, optsOf(t, tc, sockets)))
	gone := func(s *emittertest.Socket) bool { return !s.Connected() && len(s.Rooms()) == 0 }
	if got := names(sockets, gone); got != want {
		t.Errorf("%q are gone, want %q", got, want)
	}
}

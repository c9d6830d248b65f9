//go:build !nocommon && !nomsgpack

package emittertest_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/emittertest"
	"github.com/sioxide/emitter/protocol"
)

func TestSocketsReceiveAsJavaScriptWould(t *testing.T) {
	for name, build := range map[string]func(emitter.Driver, ...emitter.Option) emitter.Emitter{"common": emitter.New, "msgpack": emitter.NewMsgpack} {
		c := emittertest.NewCluster(2)
		ann, bob := c.Connect(0, "/"), c.Connect(1, "/")
		if err := build(c).Emit(t.Context(), "e", nil, true, 7, "ü", []byte{1}, []any{1, []byte{2}}, map[string]int{"a": 1}); err != nil {
			t.Fatal(err)
		}
		if err := build(c).Emit(t.Context(), "bare"); err != nil {
			t.Fatal(err)
		}
		want := []emittertest.Event{
			{Name: "e", Args: []any{nil, true, 7.0, "ü", []byte{1}, []any{1.0, []byte{2}}, map[string]any{"a": 1.0}}},
			{Name: "bare", Args: []any{}},
		}
		for _, s := range []*emittertest.Socket{ann, bob} {
			if got := s.Received(); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: received %#v, want %#v", name, got, want)
			}
		}
	}
}

func TestUndecodableEventIsSeen(t *testing.T) {
	c := emittertest.NewCluster(1)
	s := c.Connect(0, "/")
	req := request(protocol.Broadcast, protocol.Opts{Flags: protocol.FlagBroadcast})
	req.Packet = hello()
	req.Packet.Data.Data = []byte(`["hello"`)
	if _, err := c.Send(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	if got := s.Received(); len(got) != 1 || got[0].Name != "emittertest: undecodable event" {
		t.Errorf("received %v", got)
	}
}

func TestNamespacesAndPrefixes(t *testing.T) {
	c := emittertest.NewCluster(2)
	strict := emitter.New(c, emitter.RequireServers())
	if err := strict.Emit(t.Context(), "e"); err != nil {
		t.Errorf("namespace / before any socket: %v", err)
	}
	if err := strict.Of("/chat").Emit(t.Context(), "e"); !errors.Is(err, emitter.ErrNoServers) {
		t.Errorf("a namespace before its first socket: %v", err)
	}
	chat, root := c.Connect(1, "chat"), c.Connect(1, "")
	if chat.Namespace != "/chat" || root.Namespace != "/" {
		t.Errorf("namespaces %q and %q", chat.Namespace, root.Namespace)
	}
	chat.Disconnect()
	servers, err := strict.Of("chat").Servers(t.Context())
	if err != nil || len(servers) != 2 || !slices.Contains(c.Servers(), servers[0].ID) || !slices.Contains(c.Servers(), servers[1].ID) {
		t.Errorf("servers %v, %v; a namespace stays after its last socket", servers, err)
	}
	if err := strict.Prefix("other").Emit(t.Context(), "e"); !errors.Is(err, emitter.ErrNoServers) {
		t.Errorf("another prefix: %v", err)
	}
	if len(root.Received()) != 0 {
		t.Errorf("received %v", root.Received())
	}
	if err := strict.ToServer(c.Servers()[0]).Emit(t.Context(), "first"); err != nil || len(root.Received()) != 0 {
		t.Errorf("%v; a socket of the second server received %v", err, root.Received())
	}
	if err := strict.ToServer("AAAAAAAAAAAAAAAA").Emit(t.Context(), "e"); !errors.Is(err, emitter.ErrNoServers) {
		t.Errorf("a server that is not there: %v", err)
	}
}

func TestConnectToNoServerPanics(t *testing.T) {
	for _, server := range []int{-1, 2} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("server %d of 2: no panic", server)
				}
			}()
			emittertest.NewCluster(2).Connect(server, "/")
		}()
	}
}

// As on real servers: a join by socket id that reaches a server without that
// socket leaves the room and the id there.
func TestGhosts(t *testing.T) {
	c := emittertest.NewCluster(2)
	ann := c.Connect(0, "/")
	id, err := protocol.ParseID(ann.ID)
	if err != nil {
		t.Fatal(err)
	}
	join := request(protocol.AddSockets, protocol.Opts{Sid: id})
	join.Rooms = []string{"vip"}
	send(t, c, join) // to all servers, which the emitter never does

	io := emitter.New(c)
	other := io.ToServer(c.Servers()[1])
	if rooms, err := other.Rooms(t.Context()); err != nil || rooms != nil {
		t.Errorf("rooms of everybody on the other server: %v, %v", rooms, err)
	}
	if rooms, err := other.To("vip").Rooms(t.Context()); err != nil || !slices.Equal(rooms, []string{"vip"}) {
		t.Errorf("rooms of the ghost: %v, %v", rooms, err)
	}
	if sockets, err := io.To("vip").Sockets(t.Context()); err != nil || len(sockets) != 1 || sockets[0].Server != ann.Server {
		t.Errorf("sockets %v, %v; a ghost is none", sockets, err)
	}
	if err := io.To("vip").Emit(t.Context(), "e"); err != nil || len(ann.Received()) != 1 {
		t.Errorf("%v, received %v", err, ann.Received())
	}
	ann.Disconnect()
	if rooms, err := io.To("vip").Rooms(t.Context()); err != nil || !slices.Equal(rooms, []string{"vip"}) {
		t.Errorf("after the socket has left: rooms %v, %v; the ghost stays", rooms, err)
	}
}

func TestDisconnect(t *testing.T) {
	c := emittertest.NewCluster(2)
	ann, bob := c.Connect(0, "/", "r"), c.Connect(0, "/", "r", "s")
	io := emitter.New(c)
	ann.Disconnect()
	ann.Disconnect() // nothing more
	if ann.Connected() || !bob.Connected() || len(ann.Rooms()) != 0 {
		t.Errorf("connected %t and %t, rooms %v", ann.Connected(), bob.Connected(), ann.Rooms())
	}
	if err := io.Emit(t.Context(), "e"); err != nil || len(ann.Received()) != 0 || len(bob.Received()) != 1 {
		t.Errorf("%v, received %v and %v", err, ann.Received(), bob.Received())
	}
	if err := io.To("s").Disconnect(t.Context()); err != nil || bob.Connected() {
		t.Errorf("%v, connected %t", err, bob.Connected())
	}
	if sockets, err := io.Sockets(t.Context()); err != nil || len(sockets) != 0 {
		t.Errorf("sockets %v, %v", sockets, err)
	}
	if rooms, err := io.Rooms(t.Context()); err != nil || len(rooms) != 0 {
		t.Errorf("rooms %v, %v", rooms, err)
	}
	bob.Disconnect() // it has left
}

func TestSendMindsTheContext(t *testing.T) {
	c := emittertest.NewCluster(1)
	s := c.Connect(0, "/")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	req := request(protocol.Broadcast, protocol.Opts{Flags: protocol.FlagBroadcast})
	req.Packet = hello()
	servers, errs := make([]int, 2), make([]error, 2)
	err := c.SendAll(ctx, []*protocol.Request{req, req}, servers, errs)
	if !errors.Is(err, context.Canceled) || !emitter.SafeToRetry(err) || !emitter.SafeToRetry(errs[1]) || len(s.Received()) != 0 {
		t.Errorf("%v, %v, received %v", err, errs, s.Received())
	}
}

// What was recorded in its wire form counts as what it is.
func TestRawRequests(t *testing.T) {
	c := emittertest.NewCluster(1)
	s := c.Connect(0, "/", "r")
	req := request(protocol.Broadcast, protocol.Opts{Flags: protocol.FlagBroadcast, Rooms: []string{"r"}})
	req.Packet = hello()
	raw := &protocol.Request{Prefix: req.Prefix, Namespace: req.Namespace, Raw: req.AppendMsgpack(nil)}
	if n, err := c.Send(t.Context(), raw); n != 1 || err != nil || len(s.Received()) != 1 {
		t.Errorf("%d servers, %v, received %v", n, err, s.Received())
	}
	raw.Raw = []byte{0xc1}
	if _, err := c.Send(t.Context(), raw); err == nil || !emitter.SafeToRetry(err) {
		t.Errorf("hostile bytes: %v", err)
	}
}

func TestManyGoroutines(t *testing.T) {
	c := emittertest.NewCluster(2)
	io := emitter.New(c)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			s := c.Connect(i%2, "/", fmt.Sprint("own", i))
			s.OnAck(func(string, []any) []any { return []any{i} })
			for range 20 {
				acks, err := io.To(fmt.Sprint("own", i)).EmitWithAck(t.Context(), "who?")
				if err != nil {
					t.Error(err)
					return
				}
				ack, err := acks.First()
				if n, decodeErr := emitter.AckArg[int](ack); err != nil || decodeErr != nil || n != i {
					t.Errorf("socket %d answered %d, %v, %v", i, n, err, decodeErr)
				}
			}
			s.Disconnect()
		})
	}
	wg.Wait()
	if sockets, err := io.Sockets(t.Context()); err != nil || len(sockets) != 0 {
		t.Errorf("sockets %v, %v", sockets, err)
	}
}

//go:build !nocommon && !nomsgpack

package emitter_test

import (
	"errors"
	"testing"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/emittertest"
	"github.com/sioxide/emitter/protocol"
)

func eventRequest(room string) *protocol.Request {
	return &protocol.Request{
		Node: protocol.NewNodeID(), ID: protocol.NewID(), Opts: protocol.Opts{Flags: protocol.FlagBroadcast, Rooms: []string{room}},
		Packet: protocol.Packet{Namespace: "/", Type: protocol.Event, Data: protocol.Value{Data: []byte(`["e",1]`)}},
	}
}

// A forwarded request reaches those that it selects; Sync covers it as anything else.
func TestForward(t *testing.T) {
	cluster := emittertest.NewCluster(2)
	a, b := cluster.Connect(0, "/", "a"), cluster.Connect(1, "/", "b")
	io := emitter.New(cluster)
	req := eventRequest("a")
	id := req.ID
	if err := io.Forward(t.Context(), req); err != nil || req.ID != id {
		t.Fatal(err)
	}
	join := &protocol.Request{Node: id, ID: id, Type: protocol.AddSockets, Rooms: []string{"a"}, Opts: protocol.Opts{Sid: protocol.ID([]byte(b.ID))}}
	if err := io.Forward(t.Context(), join); !errors.Is(err, emitter.ErrSelection) || !emitter.SafeToRetry(err) {
		t.Errorf("a join that leaves ghosts: %v", err)
	}
	if err := io.ToServer(b.Server).Forward(t.Context(), join); err != nil {
		t.Fatal(err)
	}
	if err := io.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := io.Volatile().Forward(t.Context(), eventRequest("a")); err != nil {
		t.Fatal(err)
	}
	if n, m := len(a.Received()), len(b.Received()); n != 2 || m != 1 {
		t.Errorf("received %d and %d", n, m)
	}
}

// Under OncePerSocket and WithMaxMessage it goes out as Emit would.
func TestForwardOptions(t *testing.T) {
	r := emittertest.NewRecorder()
	req := eventRequest("a")
	req.Opts.Rooms = []string{"a", "b"}
	if err := emitter.New(r, emitter.OncePerSocket()).Forward(t.Context(), req); err != nil || len(r.Requests()) != 2 {
		t.Errorf("%d requests, %v", len(r.Requests()), err)
	}
	r.Reset()
	if err := emitter.New(r, emitter.WithMaxMessage(40)).Forward(t.Context(), req); !errors.Is(err, emitter.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	for name, io := range map[string]emitter.Emitter{"To": emitter.New(r).To("x"), "Except": emitter.New(r).Except("x"), "ExceptSocket": emitter.New(r).ExceptSocket("AAAAAAAAAAAAAAAA")} {
		if err := io.Forward(t.Context(), req); !errors.Is(err, emitter.ErrSelection) {
			t.Errorf("with %s: %v", name, err)
		}
	}
	if err := emitter.New(r).Of("/x").Forward(t.Context(), req); !errors.Is(err, emitter.ErrRequest) {
		t.Errorf("to another namespace: %v", err)
	}
	for name, req := range map[string]*protocol.Request{"nil": nil, "wire form": {Raw: []byte{1}}} {
		if err := emitter.New(r).Forward(t.Context(), req); !errors.Is(err, emitter.ErrRequest) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(r.Requests()); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}

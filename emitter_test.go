//go:build !nocommon

package emitter_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/emittertest"
	"github.com/sioxide/emitter/protocol"
)

const (
	sidA, sidB       = "AAAAAAAAAAAAAAAA", "BBBBBBBBBBBBBBBB"
	serverA, serverB = "SERVER_A--------", "SERVER_B--------"
)

func id(s string) (id protocol.ID) { copy(id[:], s); return id }

// selected runs an operation on a Recorder and returns what it sent.
func selected(t *testing.T, op func(emitter.Emitter) error) *protocol.Request {
	t.Helper()
	rec := emittertest.NewRecorder()
	if err := op(emitter.New(rec)); err != nil {
		t.Fatal(err)
	}
	sent := rec.Requests()
	if len(sent) != 1 {
		t.Fatalf("%d requests sent, want 1", len(sent))
	}
	return sent[0]
}

func TestSelections(t *testing.T) {
	const all = protocol.FlagBroadcast
	type emitter_ = emitter.Emitter
	for name, c := range map[string]struct {
		build func(emitter_) emitter_
		want  protocol.Opts
	}{
		"everybody":         {func(e emitter_) emitter_ { return e }, protocol.Opts{Flags: all}},
		"To":                {func(e emitter_) emitter_ { return e.To("a") }, protocol.Opts{Flags: all, Rooms: []string{"a"}}},
		"In and Within":     {func(e emitter_) emitter_ { return e.In("a").Within("b") }, protocol.Opts{Flags: all, Rooms: []string{"a", "b"}}},
		"order and doubles": {func(e emitter_) emitter_ { return e.To("b", "a").To("c", "a") }, protocol.Opts{Flags: all, Rooms: []string{"b", "a", "c", "a"}}},
		"Except":            {func(e emitter_) emitter_ { return e.Except("x").Except("y", "x") }, protocol.Opts{Flags: all, Except: []string{"x", "y", "x"}}},
		"Except of nothing": {func(e emitter_) emitter_ { return e.To("a").Except() }, protocol.Opts{Flags: all, Rooms: []string{"a"}}},
		"To and Except":     {func(e emitter_) emitter_ { return e.Except("x").To("a") }, protocol.Opts{Flags: all, Rooms: []string{"a"}, Except: []string{"x"}}},
		"ToSocket":          {func(e emitter_) emitter_ { return e.ToSocket(sidA) }, protocol.Opts{Sid: id(sidA)}},
		"ExceptSocket":      {func(e emitter_) emitter_ { return e.To("a").ExceptSocket(sidA) }, protocol.Opts{Flags: all, Rooms: []string{"a"}, Sid: id(sidA)}},
		"Volatile":          {func(e emitter_) emitter_ { return e.Volatile() }, protocol.Opts{Flags: all | protocol.FlagVolatile}},
		"Volatile ToSocket": {func(e emitter_) emitter_ { return e.ToSocket(sidA).Volatile() }, protocol.Opts{Flags: protocol.FlagVolatile, Sid: id(sidA)}},
		"everything": {func(e emitter_) emitter_ {
			return e.To("a").Except("b").ExceptSocket(sidA).ToServer(serverA).Volatile()
		}, protocol.Opts{Flags: all | protocol.FlagVolatile, Rooms: []string{"a"}, Except: []string{"b"}, Sid: id(sidA)}},
	} {
		got := selected(t, func(e emitter_) error { return c.build(e).Emit(t.Context(), "event") })
		if !reflect.DeepEqual(got.Opts, c.want) {
			t.Errorf("%s: %+v, want %+v", name, got.Opts, c.want)
		}
	}
}

func TestOperations(t *testing.T) {
	ctx := t.Context()
	for name, c := range map[string]struct {
		op   func(emitter.Emitter) error
		want protocol.Request
	}{
		"emit":       {func(e emitter.Emitter) error { return e.Emit(ctx, "a", 1, "b") }, protocol.Request{Type: protocol.Broadcast, Packet: protocol.Packet{Namespace: "/", Type: protocol.Event, Data: protocol.Value{Data: []byte(`["a",1,"b"]`)}}}},
		"binary":     {func(e emitter.Emitter) error { return e.Emit(ctx, "a", []byte("x")) }, protocol.Request{Type: protocol.Broadcast, Packet: protocol.Packet{Namespace: "/", Type: protocol.BinaryEvent, Data: protocol.Value{Data: []byte(`["a",{"_placeholder":true,"num":0}]`), Attachments: [][]byte{[]byte("x")}}}}},
		"join":       {func(e emitter.Emitter) error { return e.Join(ctx, "x", "y", "x") }, protocol.Request{Type: protocol.AddSockets, Rooms: []string{"x", "y", "x"}}},
		"leave":      {func(e emitter.Emitter) error { return e.Leave(ctx, "x") }, protocol.Request{Type: protocol.DelSockets, Rooms: []string{"x"}}},
		"disconnect": {func(e emitter.Emitter) error { return e.Disconnect(ctx) }, protocol.Request{Type: protocol.DisconnectSockets}},
	} {
		got := selected(t, c.op)
		if got.Node.IsZero() || got.ID.IsZero() || got.Node == got.ID {
			t.Errorf("%s: node %s, id %s", name, got.Node, got.ID)
		}
		c.want.Prefix, c.want.Namespace, c.want.Opts.Flags = "socket.io", "/", protocol.FlagBroadcast
		c.want.Node, c.want.ID = got.Node, got.ID
		if !reflect.DeepEqual(*got, c.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, *got, c.want)
		}
	}
}

func TestWhereRequestsGo(t *testing.T) {
	ctx := t.Context()
	for name, c := range map[string]struct {
		op                        func(emitter.Emitter) error
		prefix, namespace, server string
	}{
		"defaults":             {func(e emitter.Emitter) error { return e.Emit(ctx, "a") }, "socket.io", "/", ""},
		"Of adds the slash":    {func(e emitter.Emitter) error { return e.Of("admin").Emit(ctx, "a") }, "socket.io", "/admin", ""},
		"Of nothing is root":   {func(e emitter.Emitter) error { return e.Of("/x").Of("").Emit(ctx, "a") }, "socket.io", "/", ""},
		"the last Of wins":     {func(e emitter.Emitter) error { return e.Of("a#b").Of("/b").Emit(ctx, "a") }, "socket.io", "/b", ""},
		"the last Prefix wins": {func(e emitter.Emitter) error { return e.Prefix("").Prefix("p").Emit(ctx, "a") }, "p", "/", ""},
		"ToServer, twice":      {func(e emitter.Emitter) error { return e.ToServer(serverA).ToServer(serverA).Emit(ctx, "a") }, "socket.io", "/", serverA},
		"ToSocket and Join":    {func(e emitter.Emitter) error { return e.ToSocket(sidA).ToServer(serverA).Join(ctx, "a") }, "socket.io", "/", serverA},
	} {
		got := selected(t, c.op)
		if got.Prefix != c.prefix || got.Namespace != c.namespace || got.Server != c.server {
			t.Errorf("%s: %q %q %q", name, got.Prefix, got.Namespace, got.Server)
		}
		if got.Type == protocol.Broadcast && got.Packet.Namespace != c.namespace {
			t.Errorf("%s: the packet's namespace is %q", name, got.Packet.Namespace)
		}
	}
}

func TestOptions(t *testing.T) {
	rec := emittertest.NewRecorder()
	io := emitter.New(rec, emitter.WithPrefix("p"), emitter.RequireServers(), nil)
	if err := io.Emit(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if got := rec.Requests()[0]; got.Prefix != "p" || !got.Count {
		t.Errorf("prefix %q, count %v", got.Prefix, got.Count)
	}
	other := emittertest.NewRecorder()
	if err := io.Via(other).Emit(t.Context(), "b"); err != nil {
		t.Fatal(err)
	}
	if len(rec.Requests()) != 1 || len(other.Requests()) != 1 {
		t.Error("Via did not change the driver of the new value alone")
	}
}

// Forks of one emitter, made at once by many goroutines, never see each other's
// rooms.
func TestForksDoNotMix(t *testing.T) {
	base := emitter.New(nil).To("a", "b", "c").Except("x", "y", "z")
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			for j := range 50 {
				mine, rec := fmt.Sprintf("%d-%d", i, j), emittertest.NewRecorder()
				fork := base.Via(rec)
				left, right := fork.To(mine+"l").Except(mine+"lx"), fork.To(mine+"r")
				_ = left.Emit(context.Background(), "e")
				_ = right.Emit(context.Background(), "e")
				_ = fork.Emit(context.Background(), "e")
				got := rec.Requests()
				want := [][]string{{"a", "b", "c", mine + "l"}, {"a", "b", "c", mine + "r"}, {"a", "b", "c"}}
				for k := range want {
					if !slices.Equal(got[k].Opts.Rooms, want[k]) {
						t.Errorf("fork %d has rooms %v, want %v", k, got[k].Opts.Rooms, want[k])
					}
				}
				if n := len(got[1].Opts.Except); n != 3 {
					t.Errorf("a fork took over its sibling's Except: %v", got[1].Opts.Except)
				}
			}
		})
	}
	wg.Wait()
}

func TestPrepared(t *testing.T) {
	rec := emittertest.NewRecorder()
	io := emitter.New(rec)
	blob := []byte("blob")
	p, err := io.Prepare("event", strings.Repeat("long ", 1000), blob)
	if err != nil {
		t.Fatal(err)
	}
	blob[0] = 'X'
	for i := range 3 {
		if err := io.To(fmt.Sprint(i)).Of("/admin").EmitPrepared(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	if err := io.Emit(t.Context(), "event", strings.Repeat("long ", 1000), []byte("blob")); err != nil {
		t.Fatal(err)
	}
	sent := rec.Requests()
	for i, r := range sent[:3] {
		if !reflect.DeepEqual(r.Packet.Data, sent[3].Packet.Data) || r.Packet.Type != protocol.BinaryEvent || r.Packet.Namespace != "/admin" {
			t.Errorf("prepared event %d differs from an emitted one", i)
		}
	}
	if sent[0].ID == sent[1].ID {
		t.Error("two requests with one id")
	}
}

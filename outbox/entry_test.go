//go:build !nocommon && !nomsgpack

package outbox_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/emittertest"
	"github.com/sioxide/emitter/outbox"
	"github.com/sioxide/emitter/protocol"
)

// kept is a driver as outbox's helpers are: it keeps entries.
type kept struct {
	entries []outbox.Entry
	opts    []outbox.EncodeOption
}

func (k *kept) Send(_ context.Context, req *protocol.Request) (int, error) {
	e, err := outbox.Encode(req, k.opts...)
	if err == nil {
		k.entries = append(k.entries, e)
	}
	return -1, err
}

// What an emitter sends into an outbox reaches clients, performed later, as if it had
// been sent directly.
func TestEntry(t *testing.T) {
	for _, opts := range [][]outbox.EncodeOption{nil, {outbox.AsRaw()}} {
		for _, p := range parsers {
			k := &kept{opts: opts}
			io := emitter.New(k, emitter.WithParser(p))
			before := time.Now()
			if err := io.Of("/admin").To("a").Except("b").Volatile().Emit(t.Context(), "e", []byte{1}, 1.5); err != nil {
				t.Fatal(err)
			}
			if err := io.Prefix("shop").To("a").Join(t.Context(), "b"); err != nil {
				t.Fatal(err)
			}
			for i, key := range []string{"socket.io#/admin", "shop#/"} {
				e := k.entries[i]
				o, err := outbox.Decode(e.Data)
				if err != nil {
					t.Fatal(err)
				}
				if e.Key != key || e.ID == "" || o.ID != e.ID || o.At.Before(before.Truncate(0)) || o.At.After(time.Now()) {
					t.Errorf("%+v is %+v", e, o)
				}
				if (o.Raw != nil) != (opts != nil) {
					t.Errorf("options %v give %s", opts, e.Data)
				}
				r := emittertest.NewRecorder()
				if err := o.Perform(t.Context(), emitter.New(r, emitter.WithParser(p))); err != nil {
					t.Fatal(err)
				}
				if i == 0 {
					req := r.Requests()[0]
					if got := eventOf(t, r); len(got) != 3 || string(got[1].([]byte)) != "\x01" || req.Opts.Flags&protocol.FlagVolatile == 0 {
						t.Errorf("received %#v, flags %d", got, req.Opts.Flags)
					}
				}
			}
		}
	}
}

func TestEntryKey(t *testing.T) {
	k := &kept{opts: []outbox.EncodeOption{outbox.WithKey(func(req *protocol.Request) string { return req.Opts.Rooms[0] }), nil}}
	if err := emitter.New(k).To("customer 7").Emit(t.Context(), "e"); err != nil || k.entries[0].Key != "customer 7" {
		t.Errorf("%+v, %v", k.entries, err)
	}
}

// An outbox can't be asked, and can't say whether servers listen.
func TestEntryRefuses(t *testing.T) {
	k := &kept{}
	io := emitter.New(k)
	_, rooms := io.Rooms(t.Context())
	_, acks := io.EmitWithAck(t.Context(), "e")
	counted := emitter.New(k, emitter.RequireServers()).Emit(t.Context(), "e")
	for name, err := range map[string]error{"Rooms": rooms, "EmitWithAck": acks, "RequireServers": counted} {
		if !errors.Is(err, emitter.ErrUnsupported) || !emitter.SafeToRetry(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := io.Sync(t.Context()); !errors.Is(err, emitter.ErrUnsupported) {
		t.Errorf("Sync: %v", err)
	}
	for _, typ := range []protocol.Type{protocol.BroadcastWithAck, protocol.AllRooms, protocol.FetchSockets} {
		if _, err := outbox.Encode(&protocol.Request{Type: typ}); !errors.Is(err, emitter.ErrUnsupported) || !emitter.SafeToRetry(err) {
			t.Errorf("%s: %v", typ, err)
		}
	}
	if _, err := outbox.Encode(&protocol.Request{Type: protocol.Heartbeat}); !errors.Is(err, outbox.ErrNoOperation) || !emitter.SafeToRetry(err) {
		t.Errorf("a heartbeat: %v", err)
	}
	if len(k.entries) > 0 {
		t.Errorf("kept %v", k.entries)
	}
}

//go:build !nocommon && !nomsgpack

package outbox_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/emittertest"
	"github.com/sioxide/emitter/outbox"
	"github.com/sioxide/emitter/protocol"
)

// requestOf returns the request that an operation goes out as.
func requestOf(t *testing.T, line string, p emitter.Parser) *protocol.Request {
	t.Helper()
	o, err := outbox.Decode([]byte(line))
	if err != nil {
		t.Fatal(err)
	}
	r := emittertest.NewRecorder()
	if err := o.Perform(t.Context(), emitter.New(r, emitter.WithParser(p))); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return r.Requests()[0]
}

// A request written down raw goes out as it was, under a fresh id.
func TestRawRoundTrip(t *testing.T) {
	for _, line := range append(lines, `{"op":"emit","event":"ü","args":[{"$bin":"yv4="},{"a":[{"$bin":""},1.50]}]}`) {
		for _, p := range parsers {
			want := requestOf(t, line, p)
			o, err := outbox.FromRequestRaw(want)
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			raw, err := o.Encode()
			if err != nil {
				t.Fatal(err)
			}
			back, err := outbox.Decode(raw)
			if err != nil || !reflect.DeepEqual(o, back) {
				t.Fatalf("%s became %+v, %v", raw, back, err)
			}
			full, err := back.Expand()
			if named, _ := outbox.FromRequest(want); err != nil || !same(full, named) {
				t.Errorf("%s expands to %+v, %v", raw, full, err)
			}
			r := emittertest.NewRecorder()
			if err := back.Perform(t.Context(), emitter.New(r, emitter.WithParser(p))); err != nil {
				t.Fatalf("%s: %v", raw, err)
			}
			got := r.Requests()[0]
			if o.ID != want.ID.String() || got.ID == want.ID || got.Node != want.Node {
				t.Errorf("%s: id %s, sent as %s by %s", line, o.ID, got.ID, got.Node)
			}
			got.ID = want.ID
			if a, b := got.AppendMsgpack(nil), want.AppendMsgpack(nil); string(a) != string(b) {
				t.Errorf("%s: went out as\n%q, was\n%q", line, a, b)
			}
			if got.Prefix != want.Prefix || got.Namespace != want.Namespace || got.Server != want.Server {
				t.Errorf("%s: went to %s %s %s", line, got.Prefix, got.Namespace, got.Server)
			}
		}
	}
}

// An event of the other parser, and what no operation is, are refused and not sent.
func TestRawRefused(t *testing.T) {
	id := protocol.ID([]byte("AAAAAAAAAAAAAAAA"))
	packet := func(ns, data string) protocol.Packet {
		return protocol.Packet{Namespace: ns, Type: protocol.Event, Data: protocol.Value{Data: []byte(data)}}
	}
	all := protocol.Opts{Flags: protocol.FlagBroadcast}
	for name, req := range map[string]*protocol.Request{
		"question":    {Type: protocol.AllRooms, Opts: all},
		"acks":        {Type: protocol.BroadcastWithAck, Packet: packet("/", `["e"]`), Opts: all},
		"sockets":     {Type: protocol.FetchSockets, Opts: all},
		"heartbeat":   {Type: protocol.Heartbeat},
		"init":        {Type: protocol.InitHeartbeat},
		"namespace":   {Type: protocol.Broadcast, Packet: packet("/x", `["e"]`), Opts: all},
		"no name":     {Type: protocol.Broadcast, Packet: packet("/", `[1]`), Opts: all},
		"no list":     {Type: protocol.Broadcast, Packet: packet("/", `{"a":1}`), Opts: all},
		"no JSON":     {Type: protocol.Broadcast, Packet: packet("/", `["e"`), Opts: all},
		"not UTF-8":   {Type: protocol.Broadcast, Packet: packet("/", "[\"e\",\"\xff\"]"), Opts: all},
		"packet type": {Type: protocol.Broadcast, Packet: protocol.Packet{Namespace: "/", Type: protocol.BinaryEvent, Data: protocol.Value{Data: []byte(`["e"]`)}}, Opts: all},
		"attachment": {Type: protocol.Broadcast, Opts: all, Packet: protocol.Packet{Namespace: "/", Type: protocol.BinaryEvent,
			Data: protocol.Value{Data: []byte(`["e"]`), Attachments: [][]byte{{1}}}}},
		"flags": {Type: protocol.DisconnectSockets, Opts: protocol.Opts{Flags: 0x42}},
	} {
		req.Node, req.ID = id, id
		line := fmt.Sprintf(`{"raw":%q}`, base64.StdEncoding.EncodeToString(req.AppendMsgpack(nil)))
		if err := perform(t, line); !errors.Is(err, outbox.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, c := range map[string]struct {
		req  *protocol.Request
		want error
	}{
		"reserved": {&protocol.Request{Type: protocol.Broadcast, Packet: packet("/", `["connect"]`), Opts: all}, emitter.ErrReservedEvent},
		"nobody":   {&protocol.Request{Type: protocol.DisconnectSockets}, emitter.ErrSelection},
		"ghosts":   {&protocol.Request{Type: protocol.AddSockets, Rooms: []string{"a"}, Opts: protocol.Opts{Sid: id}}, emitter.ErrSelection},
		"no rooms": {&protocol.Request{Type: protocol.DelSockets, Opts: all}, emitter.ErrSelection},
		"no room":  {&protocol.Request{Type: protocol.DisconnectSockets, Opts: protocol.Opts{Rooms: []string{""}}}, emitter.ErrSelection},
	} {
		c.req.Node, c.req.ID = id, id
		line := fmt.Sprintf(`{"raw":%q}`, base64.StdEncoding.EncodeToString(c.req.AppendMsgpack(nil)))
		if err := perform(t, line); !errors.Is(err, c.want) || !emitter.SafeToRetry(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, p := range parsers {
		o, err := outbox.FromRequestRaw(requestOf(t, `{"op":"emit","event":"e"}`, p))
		if err != nil {
			t.Fatal(err)
		}
		r := emittertest.NewRecorder()
		err = o.Perform(t.Context(), emitter.New(r, emitter.WithParser(1-p)))
		if !errors.Is(err, outbox.ErrInvalid) || !errors.Is(err, emitter.ErrParser) || !emitter.SafeToRetry(err) || len(r.Requests()) > 0 {
			t.Errorf("an event of the parser %s to a cluster of the other: %v, %d sent", p, err, len(r.Requests()))
		}
	}
}

// perform performs a line, of which nothing may be sent.
func perform(t *testing.T, line string) error {
	t.Helper()
	r := emittertest.NewRecorder()
	o, err := outbox.Decode([]byte(line))
	if err == nil {
		err = o.Perform(t.Context(), emitter.New(r))
	}
	if n := len(r.Requests()); n > 0 {
		t.Errorf("%s: %d requests were sent", line, n)
	}
	return err
}

// Any bytes as a raw request send nothing, or what decodes again.
func FuzzRaw(f *testing.F) {
	id := protocol.ID([]byte("AAAAAAAAAAAAAAAA"))
	for _, req := range []protocol.Request{
		{Type: protocol.Broadcast, Packet: protocol.Packet{Namespace: "/", Type: protocol.Event, Data: protocol.Value{Data: []byte(`["e",1]`)}}},
		{Type: protocol.Broadcast, Packet: protocol.Packet{Namespace: "/", Type: protocol.Event, Data: protocol.Value{Kind: protocol.Binary, Data: []byte("\x92\xa1e\x01")}}},
		{Type: protocol.AddSockets, Rooms: []string{"a"}},
	} {
		req.Node, req.ID, req.Opts = id, id, protocol.Opts{Flags: protocol.FlagBroadcast, Rooms: []string{"x"}}
		f.Add(req.AppendMsgpack(nil))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		line, err := json.Marshal(map[string]any{"raw": raw})
		if err != nil {
			t.Fatal(err)
		}
		o, err := outbox.Decode(line)
		if err != nil {
			if !errors.Is(err, outbox.ErrInvalid) {
				t.Fatal(err)
			}
			return
		}
		for _, p := range parsers {
			r := emittertest.NewRecorder()
			err := o.Perform(t.Context(), emitter.New(r, emitter.WithParser(p)))
			reqs := r.Requests()
			if err != nil && len(reqs) > 0 || err == nil && len(reqs) != 1 {
				t.Fatalf("%v, and %d requests", err, len(reqs))
			}
			for _, req := range reqs {
				if _, err := outbox.FromRequest(req); err != nil {
					t.Fatalf("what was sent is no operation: %v", err)
				}
			}
		}
	})
}

//go:build !nocommon && !nomsgpack

package outbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"testing"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/emittertest"
	"github.com/sioxide/emitter/outbox"
	"github.com/sioxide/emitter/parser"
	"github.com/sioxide/emitter/protocol"
)

var parsers = []emitter.Parser{emitter.Common, emitter.Msgpack}

type photo struct {
	Name  string `json:"name"`
	Image []byte `json:"image"`
}

// values are what Emit is given, one event each.
var values = [][]any{
	{},
	{nil, true, "ü<>&\u2028", -0.5, 1e300, int64(math.MaxInt64), uint64(math.MaxUint64)},
	{json.RawMessage(`123456789012345678901234567890`), json.Number("1e5")},
	{[]byte{0xca, 0xfe}, []byte{}, []byte(nil)},
	{photo{"a", []byte{1}}, []photo{{"b", []byte{2}}, {"c", nil}}},
	{map[string]any{"$bin": "AA=="}, map[string]any{"$esc": 1}, map[string]any{"$bin": []byte{1}}, map[string]any{"$bin": "AA==", "b": 1}},
	{map[string]any{"$esc": map[string]any{"$bin": map[string]any{"$esc": []byte{3}}}}, []any{map[string]any{"$bin": 1}}},
	{map[string]any{"_placeholder": true, "num": 0}},
	{map[string]any{}, []any{}, []any{[]any{[]byte{1}, map[string]any{}}, "a,b]}"}},
}

// eventOf returns what the one request that was recorded carries, as a client sees
// it.
func eventOf(t *testing.T, r *emittertest.Recorder) []any {
	t.Helper()
	reqs := r.Requests()
	r.Reset()
	if len(reqs) != 1 {
		t.Fatalf("%d requests", len(reqs))
	}
	args, err := parser.Args(&reqs[0].Packet.Data)
	if err != nil {
		t.Fatal(err)
	}
	return args
}

// An operation's event reaches clients as Emit's of the same values does.
func TestSameAsEmit(t *testing.T) {
	for _, args := range values {
		for _, p := range parsers {
			r := emittertest.NewRecorder()
			io := emitter.New(r, emitter.WithParser(p))
			if err := io.Emit(t.Context(), "e", args...); err != nil {
				t.Fatal(err)
			}
			want := eventOf(t, r)
			o := outbox.Operation{Op: outbox.Emit, Event: "e"}
			var err error
			if o.Args, err = outbox.NewArgs(args...); err != nil {
				t.Fatalf("%v: %v", args, err)
			}
			line, err := o.Encode()
			if err != nil {
				t.Fatal(err)
			}
			back, err := outbox.Decode(line)
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			if err := back.Perform(t.Context(), io); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			if got := eventOf(t, r); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %s\nis received as %#v\nEmit's as       %#v", p, line, got, want)
			}
		}
	}
}

// With the common parser the very text is kept: digits, and the order of names.
func TestNumbersAreKept(t *testing.T) {
	r := emittertest.NewRecorder()
	o, err := outbox.Decode([]byte(`{"op":"emit","event":"e","args":[123456789012345678901234567890,{"b":1.50,"a":-0}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Perform(t.Context(), emitter.New(r)); err != nil {
		t.Fatal(err)
	}
	req := r.Requests()[0]
	want := `["e",123456789012345678901234567890,{"b":1.50,"a":-0}]`
	if got := req.Packet.Data.AppendData(nil); string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
	back, err := outbox.FromRequest(req)
	if err != nil || !reflect.DeepEqual(back.Args, o.Args) {
		t.Errorf("the request gives back %s, %v", back.Args, err)
	}
}

// lines are operations of every kind; performed, and read from the request that
// goes out, each is what it was.
var lines = []string{
	`{"op":"emit","event":"e","args":["x"],"to":["a","b"],"except":["c"],"except_socket":"AAAAAAAAAAAAAAAA","server":"BBBBBBBBBBBBBBBB","volatile":true,"ns":"/x","prefix":"p"}`,
	`{"op":"emit","event":"e"}`,
	`{"op":"emit","event":"e","socket":"AAAAAAAAAAAAAAAA"}`,
	`{"op":"join","rooms":["a","b"],"to":["c"]}`,
	`{"op":"join","rooms":["a"],"socket":"AAAAAAAAAAAAAAAA","server":"BBBBBBBBBBBBBBBB"}`,
	`{"op":"leave","rooms":["a"],"ns":"/x"}`,
	`{"op":"disconnect","except":["a"]}`,
}

func TestFromRequest(t *testing.T) {
	for _, line := range lines {
		for _, p := range parsers {
			o, err := outbox.Decode([]byte(line))
			if err != nil {
				t.Fatal(err)
			}
			r := emittertest.NewRecorder()
			if err := o.Perform(t.Context(), emitter.New(r, emitter.WithParser(p))); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			req := r.Requests()[0]
			wire, err := protocol.DecodeRequest(req.AppendMsgpack(nil))
			if err != nil {
				t.Fatal(err)
			}
			wire.Prefix, wire.Namespace, wire.Server = req.Prefix, req.Namespace, req.Server
			for _, req := range []*protocol.Request{req, wire} {
				back, err := outbox.FromRequest(req)
				if err != nil {
					t.Fatalf("%s: %v", line, err)
				}
				if back.ID != req.ID.String() {
					t.Errorf("%s: id %q of request %s", line, back.ID, req.ID)
				}
				back.ID = ""
				if !same(o, back) {
					t.Errorf("%s: %s became %+v", p, line, back)
				}
			}
		}
	}
}

func TestFromRequestRefuses(t *testing.T) {
	for want, req := range map[error]*protocol.Request{
		outbox.ErrNoOperation: {Type: protocol.AllRooms, Opts: protocol.Opts{Flags: protocol.FlagBroadcast}},
		outbox.ErrInvalid:     {Type: protocol.AddSockets, Opts: protocol.Opts{Flags: protocol.FlagBroadcast}},
	} {
		if o, err := outbox.FromRequest(req); !errors.Is(err, want) {
			t.Errorf("%+v gives %+v, %v", req, o, err)
		}
	}
	broadcast := func(flags protocol.Flags, data string) *protocol.Request {
		return &protocol.Request{
			Type: protocol.Broadcast, Opts: protocol.Opts{Flags: flags},
			Packet: protocol.Packet{Namespace: "/", Type: protocol.Event, Data: protocol.Value{Data: []byte(data)}},
		}
	}
	for _, req := range []*protocol.Request{
		broadcast(0, `["e"]`), // nobody
		broadcast(protocol.FlagBroadcast, `[]`),
		broadcast(protocol.FlagBroadcast, `[1]`),
		broadcast(protocol.FlagBroadcast, `[`),
		broadcast(protocol.FlagBroadcast, `["e","\ud800"]`),
		broadcast(protocol.FlagBroadcast, "[\"e\",\"\xff\"]"),
		{Raw: []byte{0}},
	} {
		if o, err := outbox.FromRequest(req); err == nil {
			t.Errorf("%s gives %+v", req.Packet.Data.Data, o)
		}
	}
}

// What the emitter refuses is refused, and nothing is sent.
func TestPerformRefuses(t *testing.T) {
	for want, line := range map[error]string{
		emitter.ErrNamespace:     `{"op":"emit","event":"e","ns":"/a#"}`,
		emitter.ErrPrefix:        `{"op":"emit","event":"e","prefix":"#"}`,
		emitter.ErrReservedEvent: `{"op":"emit","event":"connect"}`,
		emitter.ErrSelection:     `{"op":"emit","event":"e","to":[""]}`,
		emitter.ErrID:            `{"op":"emit","event":"e","socket":"short"}`,
		emitter.ErrTooLarge:      `{"op":"emit","event":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"}`,
	} {
		o, err := outbox.Decode([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		r := emittertest.NewRecorder()
		err = o.Perform(t.Context(), emitter.New(r, emitter.WithMaxMessage(128)))
		if !errors.Is(err, want) || !emitter.SafeToRetry(err) || len(r.Requests()) > 0 {
			t.Errorf("%s: %v, want %v; %d requests were sent", line, err, want, len(r.Requests()))
		}
	}
	var arg *emitter.ArgumentError
	o := outbox.Operation{Op: outbox.Emit, Event: "e", Args: raws(`1`, `[1e400]`)}
	if err := o.Perform(t.Context(), emitter.New(emittertest.NewRecorder())); !errors.As(err, &arg) || arg.Index != 1 {
		t.Errorf("a number beyond float64 gives %v", err)
	}
	for _, o := range []outbox.Operation{{Op: "none"}, {Op: outbox.Emit, Event: "e", Args: raws(`{"$bin":1}`)}, {Op: outbox.Join}} {
		if err := o.Perform(t.Context(), emitter.New(emittertest.NewRecorder())); !errors.Is(err, outbox.ErrInvalid) || !emitter.SafeToRetry(err) {
			t.Errorf("%+v gives %v", o, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (&outbox.Operation{Op: outbox.Disconnect}).Perform(ctx, emitter.New(emittertest.NewRecorder())); !errors.Is(err, context.Canceled) {
		t.Errorf("after the context's end: %v", err)
	}
}

// With sockets that are there: whom an operation reaches.
func TestPerformOnCluster(t *testing.T) {
	c := emittertest.NewCluster(2)
	a, b := c.Connect(0, "/", "red"), c.Connect(1, "/", "red", "blue")
	io := emitter.New(c)
	for _, line := range []string{
		`{"op":"emit","event":"first","to":["red"],"except":["blue"]}`,
		`{"op":"join","rooms":["green"],"socket":"` + b.ID + `"}`,
		`{"op":"emit","event":"second","to":["green"]}`,
		`{"op":"leave","rooms":["red"],"to":["blue"]}`,
		`{"op":"disconnect","to":["red"]}`,
	} {
		o, err := outbox.Decode([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		if err := o.Perform(t.Context(), io); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if err := io.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := a.Received(); len(got) != 1 || got[0].Name != "first" || a.Connected() {
		t.Errorf("a received %v, connected %v", got, a.Connected())
	}
	if got := b.Received(); len(got) != 1 || got[0].Name != "second" || !b.Connected() || !reflect.DeepEqual(b.Rooms(), []string{"blue", "green"}) {
		t.Errorf("b received %v, connected %v, rooms %v", got, b.Connected(), b.Rooms())
	}
}

// An object that looks like a placeholder can't stand beside a binary.
func TestNewArgsLookalike(t *testing.T) {
	args, err := outbox.NewArgs(map[string]any{"_placeholder": true, "num": 0}, []byte{1})
	if err == nil {
		t.Errorf("taken as %s", args)
	}
}

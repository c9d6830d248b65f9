package outbox_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sioxide/emitter/outbox"
)

func raws(texts ...string) []json.RawMessage {
	var out []json.RawMessage
	for _, s := range texts {
		out = append(out, json.RawMessage(s))
	}
	return out
}

func TestEncode(t *testing.T) {
	at := time.Date(2026, 1, 31, 15, 4, 5, 0, time.UTC)
	for want, o := range map[string]outbox.Operation{
		`{"v":1,"op":"disconnect"}`: {Op: outbox.Disconnect},
		`{"v":1,"id":"7","op":"emit","prefix":"p","ns":"/a","to":["x","\"\\\u0001<"],"except":["z"],"except_socket":"s","server":"u","volatile":true,"event":"e","args":[{"a":[1]},{"$bin":""}],"at":"2026-01-31T15:04:05Z"}`: {
			ID: "7", Op: outbox.Emit, Prefix: "p", Namespace: "/a", To: []string{"x", "\"\\\x01<"}, Except: []string{"z"}, ExceptSocket: "s",
			Server: "u", Volatile: true, Event: "e", Args: raws("{ \"a\":\n[1]}", `{"$bin":""}`), At: at,
		},
		`{"v":1,"op":"join","socket":"s","rooms":["a"]}`: {Op: outbox.Join, Prefix: "socket.io", Namespace: "/", Socket: "s", Rooms: []string{"a"}},
	} {
		got, err := o.Encode()
		if err != nil || string(got) != want {
			t.Errorf("got %s, %v\nwant %s", got, err, want)
		}
	}
}

// What Decode would refuse is not written.
func TestEncodeRefuses(t *testing.T) {
	deep := strings.Repeat("[", 128) + strings.Repeat("]", 128)
	for field, o := range map[string]outbox.Operation{
		"op":      {},
		"event":   {Op: outbox.Emit},
		"rooms":   {Op: outbox.Join},
		"id":      {Op: outbox.Disconnect, ID: "\xff"},
		"to[1]":   {Op: outbox.Disconnect, To: []string{"a", "\xff"}},
		"at":      {Op: outbox.Disconnect, At: time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC)},
		"args[0]": {Op: outbox.Emit, Event: "e", Args: raws(`1 2`)},
		"args[1]": {Op: outbox.Emit, Event: "e", Args: raws(`1`, ``)},
		"args[2]": {Op: outbox.Emit, Event: "e", Args: raws(`1`, `2`, `{"$bin":3}`)},
		"args[3]": {Op: outbox.Emit, Event: "e", Args: raws(`1`, `2`, `3`, deep)},
		"args[4]": {Op: outbox.Emit, Event: "e", Args: raws(`1`, `2`, `3`, `4`, `"\ud800"`)},
	} {
		line, err := o.Encode()
		var f *outbox.FieldError
		if !errors.Is(err, outbox.ErrInvalid) || !errors.As(err, &f) || f.Field != field {
			t.Errorf("%+v gives %s, %v; want an error of %s", o, line, err, field)
		}
	}
	o := outbox.Operation{Op: outbox.Emit, Event: strings.Repeat("e", outbox.MaxSize)}
	if _, err := o.Encode(); !errors.Is(err, outbox.ErrInvalid) {
		t.Errorf("more than MaxSize bytes: %v", err)
	}
}

func TestJSONMethods(t *testing.T) {
	o := outbox.Operation{Op: outbox.Emit, Prefix: "socket.io", Namespace: "/", Event: "e", Args: raws(`1`)}
	line, err := json.Marshal(&o)
	if err != nil {
		t.Fatal(err)
	}
	var back outbox.Operation
	if err := json.Unmarshal(line, &back); err != nil || !reflect.DeepEqual(o, back) {
		t.Errorf("%s became %+v, %v", line, back, err)
	}
	if err := json.Unmarshal([]byte(`{"op":"none"}`), &back); !errors.Is(err, outbox.ErrInvalid) || back.Op != outbox.Emit {
		t.Errorf("a bad one gives %v, and leaves %+v", err, back)
	}
}

func FuzzDecode(f *testing.F) {
	for _, line := range []string{
		`{"op":"disconnect"}`,
		`{"v":1,"op":"emit","event":"e","args":[1,"a",{"$bin":"yv4="},{"$esc":{"$bin":{"$bin":""}}},{"$esc":{"$esc":[{"$bin":"AA=="}]}},[{"a":{"$bin":"AA=="},"b":1}]]}`,
		`{"op":"join","rooms":["a","\ud83d\ude00"],"socket":"AAAAAAAAAAAAAAAA","server":"AAAAAAAAAAAAAAAA"}`,
		`{"op":"leave","rooms":["a"],"to":["b"],"except":["c"],"at":"2026-01-31T15:04:05.123456789+14:00"}`,
		`{"op":"emit","event":"e","volatile":true,"args":[ 1E400, -0.0, 123456789012345678901234567890, {"":"\u0024bin"} ]}`,
		`{"op":"emit","event":"e","args":[{"\u0024bin":""},{"$bin":"","$bin":""}]}`,
		`{"v":1,"id":"7","raw":"lsQQQUFBQUFBQUFBQUFBQUFBQcQQQkJCQkJCQkJCQkJCQkJCQgLAwJUCkJDAwA==","prefix":"","ns":"","server":""}`,
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		o, err := outbox.Decode(line)
		if err != nil {
			if !errors.Is(err, outbox.ErrInvalid) || o != nil {
				t.Fatalf("%+v, %v", o, err)
			}
			return
		}
		again, err := o.Encode()
		if err != nil {
			t.Fatalf("%s was taken and is not written: %v", line, err)
		}
		back, err := outbox.Decode(again)
		if err != nil || !same(o, back) {
			t.Fatalf("%s\nbecame %s\nbecame %+v, %v", line, again, back, err)
		}
		values, err := o.Values()
		if err != nil || len(values) != len(o.Args) {
			t.Fatalf("values of %s: %v, %v", again, values, err)
		}
	})
}

// same compares operations; a list without elements is none, and a time is the same
// in any zone.
func same(a, b *outbox.Operation) bool {
	x, y := *a, *b
	for _, list := range []*[]string{&x.To, &x.Except, &x.Rooms, &y.To, &y.Except, &y.Rooms} {
		if len(*list) == 0 {
			*list = nil
		}
	}
	at := x.At.Equal(y.At)
	x.At, y.At = time.Time{}, time.Time{}
	return at && reflect.DeepEqual(x, y)
}

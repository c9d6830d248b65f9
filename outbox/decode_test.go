package outbox_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sioxide/emitter/outbox"
)

func TestDecodeDefaults(t *testing.T) {
	o, err := outbox.Decode([]byte(` {"op":"disconnect"} `))
	if err != nil {
		t.Fatal(err)
	}
	want := &outbox.Operation{Op: outbox.Disconnect, Prefix: "socket.io", Namespace: "/"}
	if !reflect.DeepEqual(o, want) {
		t.Errorf("got %+v, want %+v", o, want)
	}
	o, err = outbox.Decoder{Prefix: "shop", Namespace: "/admin"}.Decode([]byte(`{"op":"disconnect"}`))
	if err != nil || o.Prefix != "shop" || o.Namespace != "/admin" {
		t.Errorf("with the decoder's defaults: %+v, %v", o, err)
	}
}

func TestDecodeAll(t *testing.T) {
	o, err := outbox.Decode([]byte(`{"v":1,"id":"7","op":"emit","prefix":"shop","ns":"/a","to":["x","y"],"except":["z"],
		"except_socket":"AAAAAAAAAAAAAAAA","server":"BBBBBBBBBBBBBBBB","volatile":true,"event":"\u00fc","args":[ 1e400 , {"a": [ ]}],
		"at":"2026-01-31T15:04:05.5+02:00","socket":"","rooms":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	at := o.At
	o.At = time.Time{}
	want := &outbox.Operation{
		ID: "7", Op: outbox.Emit, Prefix: "shop", Namespace: "/a", To: []string{"x", "y"}, Except: []string{"z"},
		ExceptSocket: "AAAAAAAAAAAAAAAA", Server: "BBBBBBBBBBBBBBBB", Volatile: true, Event: "ü", Args: raws(`1e400`, `{"a":[]}`),
	}
	if !reflect.DeepEqual(o, want) {
		t.Errorf("got %+v, want %+v", o, want)
	}
	if !at.Equal(time.Date(2026, 1, 31, 13, 4, 5, 5e8, time.UTC)) {
		t.Errorf("at is %v", at)
	}
}

// What is refused, by the field that the error names and a part of its reason.
func TestDecodeRefuses(t *testing.T) {
	deep := strings.Repeat("[", 127) + strings.Repeat("]", 127)
	for _, c := range []struct{ line, field, reason string }{
		{``, "", "empty"},
		{` `, "", "empty"},
		{`null`, "", "null where an object"},
		{`[]`, "", "a list where an object"},
		{`{"op":"disconnect"`, "", "unexpected end"},
		{`{"op":"disconnect"}{`, "", "byte 20: invalid character '{' after"},
		{`{"op":"disconnect",}`, "", "byte 20"},
		{"{\"op\":\"disconnect\",\"id\":\"\xff\"}", "", "UTF-8"},
		{`{"op":"disconnect","id":"\ud800"}`, "", `\ud800 is half`},
		{`{"op":"disconnect","id":"\udc00\ud800"}`, "", `\udc00 is half`},
		{`{}`, "op", "missing"},
		{`{"op":""}`, "op", "missing"},
		{`{"op":"Emit"}`, "op", `"Emit" is none of`},
		{`{"op":1}`, "op", "a number where a string"},
		{`{"v":2,"op":"disconnect"}`, "v", "2 where 1"},
		{`{"v":1.0,"op":"disconnect"}`, "v", "1.0"},
		{`{"v":"1","op":"disconnect"}`, "v", `"1" where 1`},
		{`{"v":null,"op":"disconnect"}`, "v", "null"},
		{`{"op":"disconnect","op":"emit"}`, "op", "twice"},
		{`{"op":"disconnect","\u006fp":"emit"}`, "op", "twice"},
		{`{"Op":"disconnect"}`, "Op", "no such field"},
		{`{"op":"disconnect","room":"x"}`, "room", "no such field"},
		{`{"op":"disconnect","raw":"AA=="}`, "op", "beside raw"},
		{`{"raw":""}`, "raw", "empty"},
		{`{"raw":null}`, "raw", "null where base64"},
		{`{"raw":"AA"}`, "raw", "base64"},
		{`{"raw":"AB=="}`, "raw", "standard base64"},
		{`{"raw":"AA=="}`, "raw", "decode request"},
		{`{"op":"emit"}`, "event", "needs"},
		{`{"op":"emit","event":null}`, "event", "null where a string"},
		{`{"op":"emit","event":"e","args":{}}`, "args", "an object where a list"},
		{`{"op":"emit","event":"e","args":null}`, "args", "null"},
		{`{"op":"emit","event":"e","rooms":["a"]}`, "rooms", "not a field of emit"},
		{`{"op":"emit","event":"e","to":"a"}`, "to", "a string where a list"},
		{`{"op":"emit","event":"e","to":["a",1]}`, "to[1]", "a number where a string"},
		{`{"op":"emit","event":"e","to":[["a"]]}`, "to[0]", "a list where a string"},
		{`{"op":"emit","event":"e","volatile":1}`, "volatile", "a number where true or false"},
		{`{"op":"emit","event":"e","ns":""}`, "ns", "leave it out"},
		{`{"op":"emit","event":"e","prefix":""}`, "prefix", "leave it out"},
		{`{"op":"emit","event":"e","at":"yesterday"}`, "at", "RFC 3339"},
		{`{"op":"emit","event":"e","at":"2026-01-31T15:04:05"}`, "at", "RFC 3339"},
		{`{"op":"emit","event":"e","at":1}`, "at", "a number where a time"},
		{`{"op":"join"}`, "rooms", "at least one"},
		{`{"op":"leave","rooms":[]}`, "rooms", "at least one"},
		{`{"op":"join","rooms":["a"],"event":"e"}`, "event", "not a field of join"},
		{`{"op":"join","rooms":["a"],"volatile":true}`, "volatile", "not a field of join"},
		{`{"op":"disconnect","args":[1]}`, "args", "not a field of disconnect"},
		{`{"op":"disconnect","rooms":["a"]}`, "rooms", "not a field of disconnect"},
		{`{"op":"emit","event":"e","args":[` + deep + `]}`, "", ""},
		{`{"op":"emit","event":"e","args":[[` + deep + `]]}`, "", "more than 128"},
		{`{"op":"emit","event":"e","args":[0,{"$bin":1}]}`, "args[1]", "a number where base64"},
		{`{"op":"emit","event":"e","args":[{"$bin":{"$bin":""}}]}`, "args[0]", "an object where base64"},
		{`{"op":"emit","event":"e","args":[{"$bin":"yv4"}]}`, "args[0]", "base64"},
		{`{"op":"emit","event":"e","args":[{"$bin":"yv5="}]}`, "args[0]", "base64"},
		{`{"op":"emit","event":"e","args":[{"$bin":"yv\n4="}]}`, "args[0]", "base64"},
		{`{"op":"emit","event":"e","args":[{"$bin":"_-4="}]}`, "args[0]", "base64"},
		{`{"op":"emit","event":"e","args":[{"$bin":"","$bin":""}]}`, "args[0]", "twice"},
		{`{"op":"emit","event":"e","args":[{"$esc":1}]}`, "args[0]", "something else"},
		{`{"op":"emit","event":"e","args":[{"$esc":{}}]}`, "args[0]", "something else"},
		{`{"op":"emit","event":"e","args":[{"$esc":{"a":1}}]}`, "args[0]", "something else"},
		{`{"op":"emit","event":"e","args":[{"$esc":{"$bin":"","b":1}}]}`, "args[0]", "something else"},
	} {
		o, err := outbox.Decode([]byte(c.line))
		if c.field == "" && c.reason == "" {
			if err != nil {
				t.Errorf("%s: %v", c.line, err)
			}
			continue
		}
		if err == nil {
			t.Errorf("%s is taken: %+v", c.line, o)
			continue
		}
		var field *outbox.FieldError
		named := errors.As(err, &field)
		if !errors.Is(err, outbox.ErrInvalid) || named != (c.field != "") || named && field.Field != c.field || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%s\n gives %v\n want %s: …%s…", c.line, err, c.field, c.reason)
		}
	}
	if _, err := outbox.Decode(make([]byte, outbox.MaxSize+1)); !errors.Is(err, outbox.ErrInvalid) {
		t.Errorf("more than MaxSize bytes: %v", err)
	}
}

// Nothing of the line is kept: a reader of lines may use its memory again.
func TestDecodeKeepsNothing(t *testing.T) {
	line := []byte(`{"op":"emit","event":"news","to":["a"],"args":["text"]}`)
	o, err := outbox.Decode(line)
	if err != nil {
		t.Fatal(err)
	}
	for i := range line {
		line[i] = 'x'
	}
	if o.Event != "news" || o.To[0] != "a" || string(o.Args[0]) != `"text"` {
		t.Errorf("a change of the line changed the operation: %+v", o)
	}
}

//go:build !nocommon && !nomsgpack

package parser

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"testing"
	"unicode/utf8"

	"github.com/sioxide/emitter/protocol"
	"github.com/vmihailenco/msgpack/v5"
)

// The tests of this file's kind look at what a client gets: a tree of nil, bool,
// float64, string, []byte, []any and map[string]any, made by decoders that are
// not ours.

// textTree decodes what the common parser wrote.
func textTree(t testing.TB, v *protocol.Value) []any {
	t.Helper()
	data := v.AppendData(nil)
	if !utf8.Valid(data) {
		t.Fatalf("not UTF-8: %q", data)
	}
	var tree []any
	if err := json.Unmarshal(data, &tree); err != nil {
		t.Fatalf("not JSON: %v\n%q", err, data)
	}
	if v.Kind != protocol.Text {
		t.Fatalf("kind %d", v.Kind)
	}
	return restore(tree, v.Attachments).([]any)
}

// restore puts attachments in the place of their placeholders.
func restore(v any, attachments [][]byte) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = restore(v[i], attachments)
		}
	case map[string]any:
		num, ok := v["num"].(float64)
		if v["_placeholder"] == true && ok && len(v) == 2 && int(num) < len(attachments) {
			return attachments[int(num)]
		}
		for k := range v {
			v[k] = restore(v[k], attachments)
		}
	}
	return v
}

// packTree decodes what the msgpack parser wrote.
func packTree(t testing.TB, v *protocol.Value) []any {
	t.Helper()
	data := v.AppendData(nil)
	r := bytes.NewReader(data)
	d := msgpack.NewDecoder(r)
	tree, err := d.DecodeInterface()
	if err != nil {
		t.Fatalf("not msgpack: %v\n%q", err, data)
	}
	if r.Len() > 0 {
		t.Fatalf("%d bytes behind the end\n%q", r.Len(), data)
	}
	if v.Kind != protocol.Binary || v.Attachments != nil {
		t.Fatalf("kind %d, %d attachments", v.Kind, len(v.Attachments))
	}
	return numbers(tree).([]any)
}

// numbers makes every number a float64, as JavaScript reads it.
func numbers(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = numbers(v[i])
		}
		return v
	case map[string]any:
		for k := range v {
			v[k] = numbers(v[k])
		}
		return v
	}
	if r := reflect.ValueOf(v); r.IsValid() && r.CanConvert(reflect.TypeFor[float64]()) {
		return r.Convert(reflect.TypeFor[float64]()).Interface()
	}
	return v
}

// base64Of puts base64 text in the place of binaries, as encoding/json does.
func base64Of(v any) any {
	switch v := v.(type) {
	case []byte:
		return base64.StdEncoding.EncodeToString(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = base64Of(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k := range v {
			out[k] = base64Of(v[k])
		}
		return out
	}
	return v
}

// same tells whether two trees are equal; -0 is not 0.
func same(a, b any) bool {
	switch a := a.(type) {
	case float64:
		f, ok := b.(float64)
		return ok && math.Float64bits(a) == math.Float64bits(f)
	case []byte:
		s, ok := b.([]byte)
		return ok && bytes.Equal(a, s)
	case []any:
		s, ok := b.([]any)
		if !ok || len(a) != len(s) {
			return false
		}
		for i := range a {
			if !same(a[i], s[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		m, ok := b.(map[string]any)
		if !ok || len(a) != len(m) {
			return false
		}
		for k := range a {
			if v, ok := m[k]; !ok || !same(a[k], v) {
				return false
			}
		}
		return true
	}
	return a == b
}

// encodeBoth encodes an event of one argument with both parsers and checks that
// clients get the same, and an error is the same.
func encodeBoth(t testing.TB, arg any) (tree any, text []byte, err error) {
	t.Helper()
	var b Buffer
	v, errText := b.Common("event", []any{arg})
	var wantTree []any
	if errText == nil {
		text = v.AppendData(nil)
		wantTree = textTree(t, &v)
	}
	w, errPack := b.Msgpack("event", []any{arg})
	if fmt.Sprint(errText) != fmt.Sprint(errPack) {
		t.Fatalf("common says %v\nmsgpack says %v", errText, errPack)
	}
	if errText != nil {
		if a := (*ArgumentError)(nil); !errors.As(errText, &a) || a.Index != 0 {
			t.Fatalf("not an ArgumentError of argument 0: %v", errText)
		}
		return nil, nil, errText
	}
	tree = packTree(t, &w)
	if !same(wantTree, tree) {
		t.Fatalf("common:  %#v\nmsgpack: %#v", wantTree, tree)
	}
	if len(wantTree) != 2 || wantTree[0] != "event" {
		t.Fatalf("not the event and one argument: %#v", wantTree)
	}
	return wantTree[1], text, nil
}

// reference is what encoding/json makes of a value, without HTML's escapes, and
// what a client would read.
func reference(v any) (text []byte, tree any, err error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err = e.Encode(v); err != nil {
		return nil, nil, err
	}
	text = bytes.TrimSuffix(out.Bytes(), []byte("\n"))
	return text, tree, json.Unmarshal(text, &tree)
}

// argument cuts the one argument out of an event's text.
func argument(text []byte) string {
	return string(bytes.TrimSuffix(bytes.TrimPrefix(text, []byte(`["event",`)), []byte("]")))
}

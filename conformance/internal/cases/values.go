package cases

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"github.com/sioxide/emitter"
)

// value is what is emitted and what a client must receive of it.
type value struct {
	name string
	args []any
	want []any
}

type author struct {
	Name   string            `json:"name"`
	Age    int               `json:"age,omitempty"`
	Tags   []string          `json:"tags"`
	Extra  map[string]any    `json:"extra,omitempty"`
	Secret string            `json:"-"`
	Links  map[string]string `json:"links"`
}

type upload struct {
	Title string   `json:"title"`
	Body  []byte   `json:"body"`
	Parts [][]byte `json:"parts"`
}

const unicodeText = "Grüße, 世界 — 😀👩‍👩‍👧 \u0000 \u2028 \ufeff <b>&amp;</b> \"quoted\" \\ é"

var values = []value{
	{"no argument", []any{}, []any{}},
	{"one argument", []any{"one"}, []any{"one"}},
	{"several arguments", []any{"one", 2, true, nil}, []any{"one", 2, true, nil}},
	{"null", []any{nil}, []any{nil}},
	{"booleans", []any{true, false}, []any{true, false}},
	{
		"integers",
		[]any{0, -1, 127, 128, -129, int32(1 << 30), 1<<53 - 1, -(1<<53 - 1), uint8(255)},
		[]any{0, -1, 127, 128, -129, 1 << 30, 1<<53 - 1, -(1<<53 - 1), 255},
	},
	{"floats", []any{0.5, -1e-7, 1e21, 1.7976931348623157e308, float32(0.25)}, []any{0.5, -1e-7, 1e21, 1.7976931348623157e308, 0.25}},
	{"strings", []any{"", "x", strings.Repeat("y", 300)}, []any{"", "x", strings.Repeat("y", 300)}},
	{"arrays", []any{[]int{}, []any{1, "a", nil, []bool{true}}}, []any{[]any{}, []any{1, "a", nil, []any{true}}}},
	{
		"objects",
		[]any{map[string]any{}, map[string]any{"a": 1, "b": map[string]any{"c": []string{"d"}}}},
		[]any{map[string]any{}, map[string]any{"a": 1, "b": map[string]any{"c": []any{"d"}}}},
	},
	{
		"a struct",
		[]any{author{Name: "Ada", Tags: nil, Secret: "no", Links: map[string]string{"home": "x"}}},
		[]any{map[string]any{"name": "Ada", "tags": nil, "links": map[string]any{"home": "x"}}},
	},
	{
		"types that marshal themselves",
		[]any{json.RawMessage(`{"raw":[1,2]}`), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), json.Number("12.5")},
		[]any{map[string]any{"raw": []any{1, 2}}, "2026-01-02T03:04:05Z", 12.5},
	},
	{
		"unicode",
		[]any{unicodeText, map[string]any{unicodeText: unicodeText}},
		[]any{unicodeText, map[string]any{unicodeText: unicodeText}},
	},
	{"text of 70 KB", []any{strings.Repeat("0123456789", 7_000)}, []any{strings.Repeat("0123456789", 7_000)}},
	{"an array of 70,000 numbers", []any{make([]int, 70_000)}, []any{zeros(70_000)}},
	{"bytes alone", []any{[]byte{0, 1, 254, 255}}, []any{[]byte{0, 1, 254, 255}}},
	{"several bytes", []any{[]byte("one"), "text", []byte("two")}, []any{[]byte("one"), "text", []byte("two")}},
	{
		"nested bytes",
		[]any{upload{"t", []byte("body"), [][]byte{{1}, {2, 3}}}, map[string]any{"deep": []any{[]byte("x")}}},
		[]any{
			map[string]any{"title": "t", "body": []byte("body"), "parts": []any{[]byte{1}, []byte{2, 3}}},
			map[string]any{"deep": []any{[]byte("x")}},
		},
	},
	{"empty bytes", []any{[]byte{}, "after"}, []any{[]byte{}, "after"}},
	{"nil bytes are null", []any{[]byte(nil)}, []any{nil}},
	{
		"an object that looks like a placeholder",
		[]any{map[string]any{"_placeholder": true, "num": 0}},
		[]any{map[string]any{"_placeholder": true, "num": 0}},
	},
}

// valueCases emits every value to a room with a socket on each server.
func valueCases() []Case {
	var cases []Case
	for _, v := range values {
		cases = append(cases, Case{Name: "argument: " + v.name, Run: func(s *Scene) {
			in := pick(s.At(Root), 0, 4)
			s.Do(s.IO.To(s.Put("a", in...)).Emit(s.Ctx(), "value", v.args...))
			s.Expect(in, "value", v.want...)
		}})
	}
	return append(cases, largeBytes, tooLargeBytes, placeholderBesideBytes, unicodeNames)
}

var largeBytes = Case{Name: "argument: bytes of 1 MiB", Needs: LargeMessages, Run: func(s *Scene) {
	in := pick(s.At(Root), 0, 4)
	s.Do(s.IO.To(s.Put("a", in...)).Emit(s.Ctx(), "value", pattern(1<<20)))
	s.Expect(in, "value", pattern(1<<20))
}}

var tooLargeBytes = Case{Name: "argument: bytes of 960 KiB, while 1 MiB is refused", Needs: SmallMessages, Run: func(s *Scene) {
	in := pick(s.At(Root), 0, 4)
	io := s.IO.To(s.Put("a", in...))
	s.wantError(io.Emit(s.Ctx(), "value", pattern(1<<20)), emitter.ErrTooLarge)
	s.Do(io.Emit(s.Ctx(), "value", pattern(960<<10)))
	s.Expect(in, "value", pattern(960<<10))
}}

// With the common parser nothing on the wire tells a user's object of this form from a placeholder, so the client
// puts the bytes in its place; the msgpack parser has no placeholders.
var placeholderBesideBytes = Case{Name: "argument: an object that looks like a placeholder, beside bytes", Needs: RealClients, Run: func(s *Scene) {
	lookalike := map[string]any{"_placeholder": true, "num": 0}
	s.Do(s.IO.Emit(s.Ctx(), "value", lookalike, []byte("bytes")))
	if s.Traits().Parser == emitter.Msgpack {
		s.Expect(s.At(Root), "value", lookalike, []byte("bytes"))
	} else {
		s.Expect(s.At(Root), "value", []byte("bytes"), []byte("bytes"))
	}
}}

var unicodeNames = Case{Name: "unicode in event and room", Run: func(s *Scene) {
	socket := s.At(Root)[0]
	s.Do(s.IO.To(s.Put("房间 😀", socket)).Emit(s.Ctx(), "événement \"😀\"", "x"))
	s.Expect([]Socket{socket}, "événement \"😀\"", "x")
}}

func zeros(n int) []any {
	list := make([]any, n)
	for i := range list {
		list[i] = 0.0
	}
	return list
}

// pattern makes n bytes that no cut or shift of them equals.
func pattern(n int) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		b.Write([]byte{byte(i), byte(i >> 8), byte(i >> 16), 0xff})
	}
	return b.Bytes()[:n]
}

//go:build !nocommon && !nomsgpack

package parser

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/sioxide/emitter/protocol"
)

type (
	failing     struct{}
	failingText struct{}
	lying       struct{ text string }
	ring        struct{ Next *ring }
	sliceRing   []sliceRing
	mapRing     map[string]mapRing
	badKey      struct{}
)

func (failing) MarshalJSON() ([]byte, error)     { return nil, io.ErrUnexpectedEOF }
func (failingText) MarshalText() ([]byte, error) { return nil, io.ErrUnexpectedEOF }
func (l lying) MarshalJSON() ([]byte, error)     { return []byte(l.text), nil }
func (badKey) MarshalText() ([]byte, error)      { return nil, io.ErrUnexpectedEOF }

type refused struct {
	name  string
	value any
	path  string // where in the value
	says  string // part of the message
	ours  bool   // encoding/json takes it
}

func refusals() []refused {
	r := &ring{}
	r.Next = r
	sr := sliceRing{nil}
	sr[0] = sr
	mr := mapRing{}
	mr["m"] = mr
	ar := []any{nil}
	ar[0] = ar
	ma := map[string]any{}
	ma["x"] = ma
	list := []refused{
		{name: "channel", value: make(chan int), says: "a chan int can't be sent"},
		{name: "nil channel", value: (chan int)(nil), says: "chan int"},
		{name: "function", value: func() {}, says: "a func() can't be sent"},
		{name: "function in struct", value: &struct{ F func() }{}, path: ".F", says: "func()"},
		{name: "complex", value: []complex64{1}, path: "[0]", says: "complex64"},
		{name: "deep channel", value: map[string]any{"a": []any{0, 1, 2, struct {
			B chan bool `json:"b"`
		}{}}}, path: ".a[3].b", says: "chan bool"},
		{name: "odd names", value: map[string]any{"a b": map[int]any{5: []*struct{ F func() }{nil, {}}}}, path: `["a b"].5[1].F`, says: "func()"},
		{name: "array", value: [2]any{1, make(chan int)}, path: "[1]"},
		{name: "embedded", value: struct{ holder }{holder{func() {}}}, path: ".V"},
		{name: "key type", value: map[float64]int{}, says: "a map[float64]int can't be sent"},
		{name: "nil map of a key type", value: map[fmt.Stringer]int(nil), says: "map[fmt.Stringer]int"},
		{name: "key that fails", value: []any{map[badKey]int{{}: 1}}, path: "[0]", says: "MarshalText of parser.badKey: unexpected EOF"},
		{name: "NaN", value: math.NaN(), says: "NaN can't be sent"},
		{name: "NaN in any", value: []any{math.NaN()}, path: "[0]", says: "NaN"},
		{name: "Inf", value: struct{ V float64 }{math.Inf(1)}, path: ".V", says: "+Inf"},
		{name: "-Inf", value: []float32{1, float32(math.Inf(-1))}, path: "[1]", says: "-Inf"},
		{name: "NaN quoted", value: struct {
			V float64 `json:",string"`
		}{math.NaN()}, path: ".V", says: "NaN"},
		{name: "pointer ring", value: r, says: "contains itself, by a *parser.ring"},
		{name: "slice ring", value: sr, says: "contains itself, by a parser.sliceRing"},
		{name: "map ring", value: mr, says: "contains itself, by a parser.mapRing"},
		{name: "any ring", value: ar, says: "contains itself"},
		{name: "map any ring", value: ma, says: "contains itself"},
		{name: "number text", value: json.Number("1x"), says: `"1x" is not a number`},
		{name: "number space", value: json.Number(" 1"), says: "is not a number"},
		{name: "number plus", value: struct{ N json.Number }{"+1"}, path: ".N", says: "is not a number"},
		{name: "number end", value: json.Number("1."), says: "is not a number"},
		{name: "number hex", value: json.Number("0x10"), says: "is not a number"},
		{name: "failing", value: []any{failing{}}, path: "[0]", says: "MarshalJSON of parser.failing: unexpected EOF"},
		{name: "failing text", value: &struct{ T failingText }{}, path: ".T", says: "MarshalText of parser.failingText: unexpected EOF"},
		{name: "year", value: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), says: "MarshalJSON of time.Time"},
		{name: "year in struct", value: &struct{ T time.Time }{time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC)}, path: ".T", says: "MarshalJSON of time.Time"},
		// Of what follows encoding/json takes some, but no client or only one parser could.
		{name: "number beyond", value: json.Number("1e309"), says: "1e309 is beyond float64", ours: true},
		{name: "number long", value: json.Number(strings.Repeat("9", 400)), says: "beyond float64", ours: true},
		{name: "big beyond", value: struct{ B *big.Int }{new(big.Int).Lsh(big.NewInt(1), 1025)}, path: ".B", says: "beyond float64", ours: true},
		{name: "number quoted", value: struct {
			N json.Number `json:",string"`
		}{"-1e999"}, path: ".N", says: "beyond float64", ours: true},
		{name: "raw beyond", value: json.RawMessage(`{"a":[-1e400]}`), says: "-1e400 is beyond float64", ours: true},
		{name: "lone surrogate", value: json.RawMessage(`["\ud800"]`), says: `\ud800 is half of a pair`, ours: true},
		{name: "lone low surrogate", value: json.RawMessage(`{"\udc00":1}`), says: `\udc00 is half of a pair`, ours: true},
		{name: "two high surrogates", value: json.RawMessage(`"\ud800\ud800\udc00"`), says: `half of a pair`, ours: true},
		{name: "two low surrogates", value: json.RawMessage(`"\udc00\udc00"`), says: `half of a pair`, ours: true},
		{name: "surrogate and text", value: lying{`"\udbffx"`}, says: "MarshalJSON of parser.lying: invalid JSON at byte 1", ours: true},
	}
	for _, s := range []string{"", " ", "{", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "1 2", "{}}", "{1:2}", `{"a"}`, `{"a":}`, `{"a":1,}`, `{"a" 1}`, `{a:1}`, "tru", "nulll", "True", "nan", "NaN",
		`"`, `"a`, `"\x"`, `"\u12g4"`, `"\u12`, "\"\n\"", "\"\x00\"", "'a'", "01", "-", "+1", "1.", ".5", "1e", "1e+", "--1", "0x1", "\xff", "[\xff]", "\ufeff1", "]", "}", ",", ":", "//", "[1]x", "\v1",
		strings.Repeat("[", 10001) + strings.Repeat("]", 10001)} {
		name := fmt.Sprintf("%.20q", s)
		list = append(list, refused{name: "raw " + name, value: json.RawMessage(s), says: "invalid JSON at byte"},
			refused{name: "marshaled " + name, value: []any{1, lying{s}}, path: "[1]", says: "MarshalJSON of parser.lying: invalid JSON"})
	}
	return list
}

// TestRefused: what can't be encoded is the same error with either parser, and
// names the argument and the place in it.
func TestRefused(t *testing.T) {
	for _, r := range refusals() {
		t.Run(r.name, func(t *testing.T) {
			if _, err := json.Marshal(r.value); (err == nil) != r.ours {
				t.Errorf("encoding/json: %v", err)
			}
			_, _, err := encodeBoth(t, r.value)
			if err == nil {
				t.Fatal("it was taken")
			}
			var a *ArgumentError
			if errors.As(err, &a); !strings.Contains(a.Path, "…") && a.Path != r.path {
				t.Errorf("path %q, not %q", a.Path, r.path)
			}
			if !strings.Contains(err.Error(), r.says) {
				t.Errorf("%q does not say %q", err, r.says)
			}
			if len(err.Error()) > 500 {
				t.Errorf("the message has %d bytes", len(err.Error()))
			}
		})
	}
}

// TestAnswerErrors: an answer is refused as an event is.
func TestAnswerErrors(t *testing.T) {
	var b Buffer
	_, want := b.Common("e", []any{1, []any{func() {}}})
	for _, encode := range []func([]any) (protocol.Value, error){b.CommonAnswer, b.MsgpackAnswer} {
		if v, err := encode([]any{1, []any{func() {}}}); err == nil || err.Error() != want.Error() || v.Data != nil {
			t.Errorf("%q, %v, not %v", v.Data, err, want)
		}
	}
}

// TestNilKey: encoding/json panics.
func TestNilKey(t *testing.T) {
	_, _, err := encodeBoth(t, map[encoding.TextMarshaler]int{nil: 1})
	if err == nil || !strings.Contains(err.Error(), "the key is nil") {
		t.Error(err)
	}
	if _, _, err := encodeBoth(t, map[encoding.TextMarshaler]int{level(1): 1}); err != nil {
		t.Error(err)
	}
}

func TestArgumentError(t *testing.T) {
	var b Buffer
	bad := []any{1, "x", []any{map[string]any{"a": failing{}}}}
	_, err := b.Common("e", bad)
	const want = "argument 2 ([0].a): MarshalJSON of parser.failing: unexpected EOF"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	var m *json.MarshalerError
	if !errors.Is(err, io.ErrUnexpectedEOF) || !errors.As(err, &m) {
		t.Errorf("the cause is lost: %#v", err)
	}
	var u *json.UnsupportedTypeError
	if _, err = b.Msgpack("e", []any{func() {}}); !errors.As(err, &u) {
		t.Errorf("the cause is lost: %#v", err)
	}
	if v, err := b.Common("e", []any{1}); err != nil || string(v.AppendData(nil)) != `["e",1]` {
		t.Errorf("after an error: %q, %v", v.AppendData(nil), err)
	}
}

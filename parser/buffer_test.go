//go:build !nocommon && !nomsgpack

package parser

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"unsafe"
	"weak"

	"github.com/sioxide/emitter/protocol"
)

type namedMap map[string]any

type encodeFunc func(b *Buffer, event string, args []any) (protocol.Value, error)

var parsers = map[string]encodeFunc{"common": (*Buffer).Common, "msgpack": (*Buffer).Msgpack}

type account struct {
	ID      int64    `json:"id"`
	Name    string   `json:"name"`
	Email   string   `json:"email"`
	Age     int      `json:"age"`
	Score   float64  `json:"score"`
	Active  bool     `json:"active"`
	Tags    []string `json:"tags"`
	City    string   `json:"city"`
	Created uint32   `json:"created"`
	Note    string   `json:"note,omitempty"`
}

func newAccount() *account {
	return &account{123456, "Ada Lovelace", "ada@example.org", 36, 98.6, true, []string{"math", "poetry"}, "London", 1700000000, "first programmer"}
}

// TestAllocations: in the steady state nothing is allocated for what can be
// written as it is.
func TestAllocations(t *testing.T) {
	long := strings.Repeat("x", 10000)
	for name, v := range map[string]any{
		"string": "0123456789abcdef", "long string": long, "text": "ä" + long, "lines": long + "\n", "bytes": []byte("abc"), "long bytes": []byte(long),
		"nil": nil, "int": 12345678, "float": 1.25, "bool": true, "uint64": uint64(1 << 63), "struct": newAccount(), "struct value": *newAccount(), "raw": json.RawMessage(`{"a":["b",1,-0.5e3]}`),
		"long raw": json.RawMessage(`["` + long + `"]`), "any map": map[string]any{"a": 1, "b": []any{"x", true}}, "named map": namedMap{"a": 1}, "string map": map[string]string{"a": "b"}, "int map": map[int]*account{},
		"structs": []*account{newAccount(), newAccount()}, "float32": float32(0.1), "number": json.Number("12.5"), "blob": Blob("x"), "kinds": &omitting{S: "x", A: Blob("y"), P: new(int)}, "quoted": &struct {
			I int    `json:",string"`
			S string `json:",string"`
		}{1, "x"},
	} {
		for parser, encode := range parsers {
			var b Buffer
			args := []any{v, v}
			n := testing.AllocsPerRun(100, func() {
				if _, err := encode(&b, "event", args); err != nil {
					t.Fatal(err)
				}
				b.Reset()
			})
			if raceEnabled && name == "int map" {
				n = 0 // sync.Pool drops things at random then
			}
			if n > 0 {
				t.Errorf("%s, %s: %v allocations", parser, name, n)
			}
		}
	}
}

// TestSplices: long parts are not copied, and the value is the same as a copy's.
func TestSplices(t *testing.T) {
	long := strings.Repeat("long ", 200)
	text, binary, raw := "ä"+long, []byte(long), json.RawMessage(`["`+long+`"]`)
	for _, at := range []any{text, binary, raw, []any{1, text, "x", binary, raw, "\n" + long}, &struct {
		A, B string
		C    []byte
		M    map[string]string
	}{text, "short", binary, map[string]string{long: text}}} {
		if _, _, err := encodeBoth(t, at); err != nil {
			t.Fatal(err)
		}
	}
	var b Buffer
	v, _ := b.Common("e", []any{text, "x", binary, raw})
	if len(v.Splices) != 2 || unsafe.SliceData(v.Splices[0].Bytes) != unsafe.StringData(text) || unsafe.SliceData(v.Splices[1].Bytes) != unsafe.SliceData(raw) {
		t.Errorf("%d splices, not those of the text and the raw message", len(v.Splices))
	}
	if len(v.Attachments) != 1 || unsafe.SliceData(v.Attachments[0]) != unsafe.SliceData(binary) {
		t.Error("the binary was copied")
	}
	v, _ = b.Msgpack("e", []any{text, "x", binary, raw})
	if len(v.Splices) != 2 || unsafe.SliceData(v.Splices[0].Bytes) != unsafe.StringData(text) || unsafe.SliceData(v.Splices[1].Bytes) != unsafe.SliceData(binary) {
		t.Errorf("%d splices, not those of the text and the binary", len(v.Splices))
	}
}

// TestReset: a buffer keeps nothing of the caller's, nor much of its own.
func TestReset(t *testing.T) {
	for parser, encode := range parsers {
		var b Buffer
		gone := encodeLong(t, &b, encode)
		b.Reset()
		for range 10 {
			runtime.GC()
		}
		if gone.Value() != nil {
			t.Errorf("%s: the caller's bytes are still held", parser)
		}
		if cap(b.data) > keepBytes || cap(b.scratch) > keepBytes {
			t.Errorf("%s: %d and %d bytes are kept", parser, cap(b.data), cap(b.scratch))
		}
		runtime.KeepAlive(&b)
	}
}

// encodeLong encodes much and returns a weak pointer to a part of it.
func encodeLong(t *testing.T, b *Buffer, encode encodeFunc) weak.Pointer[byte] {
	long := bytes.Repeat([]byte("x"), 5000)
	if _, err := encode(b, "e", []any{long, string(bytes.Repeat([]byte("\n"), 2<<20)), map[string]any{"\n": json.RawMessage("[1]")}}); err != nil {
		t.Fatal(err)
	}
	return weak.Make(&long[0])
}

type panicking struct{ on bool }

func (p panicking) MarshalJSON() ([]byte, error) {
	if p.on {
		panic("the caller's own")
	}
	return []byte("1"), nil
}

// TestPanic: a panic of the caller's method goes through, and the buffer works on.
func TestPanic(t *testing.T) {
	for parser, encode := range parsers {
		var b Buffer
		want, _ := encode(&b, "e", []any{"ok", []byte("ok")})
		clean := want.Clone()
		func() {
			defer func() {
				if r := recover(); r != "the caller's own" {
					t.Errorf("%s: recovered %v", parser, r)
				}
			}()
			_, _ = encode(&b, "e", []any{strings.Repeat("x", 5000), []byte("y"), map[string]panicking{"a": {}, "b": {true}}})
		}()
		got, err := encode(&b, "e", []any{"ok", []byte("ok")})
		if err != nil || string(got.AppendData(nil)) != string(clean.AppendData(nil)) || len(got.Splices) > 0 || len(got.Attachments) != len(clean.Attachments) {
			t.Errorf("%s: after a panic %q, %v", parser, got.AppendData(nil), err)
		}
	}
}

// TestConcurrentPlans: types are prepared by whoever comes first.
func TestConcurrentPlans(t *testing.T) {
	type leaf struct{ A, B *int }
	type tree struct {
		Kids []*tree
		Leaf map[string]leaf
		Any  any
	}
	var wait sync.WaitGroup
	for i := range 16 {
		wait.Go(func() {
			var b Buffer
			for range 50 {
				v := &tree{Kids: []*tree{{}, nil}, Leaf: map[string]leaf{"a": {}}, Any: leaf{B: &i}}
				got, err := b.Common("e", []any{v})
				want := fmt.Sprintf(`["e",{"Kids":[{"Kids":null,"Leaf":null,"Any":null},null],"Leaf":{"a":{"A":null,"B":null}},"Any":{"A":null,"B":%d}}]`, i)
				if err != nil || string(got.Data) != want {
					t.Errorf("%s, %v, not %s", got.Data, err, want)
				}
				if _, err := b.Msgpack("e", []any{v, leaf{}, map[int]leaf{}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
}

// TestManyArguments: an event may have none, and more than a short head counts.
func TestManyArguments(t *testing.T) {
	var b Buffer
	for _, n := range []int{0, 1, 14, 15, 16, 65534, 65535, 70000} {
		args := make([]any, n)
		v, err := b.Common("e", args)
		if err != nil {
			t.Fatal(err)
		}
		want := textTree(t, &v)
		v, err = b.Msgpack("e", args)
		if err != nil {
			t.Fatal(err)
		}
		if got := packTree(t, &v); !same(got, want) || len(got) != n+1 {
			t.Errorf("%d arguments: %d", n, len(got)-1)
		}
	}
}

// growing adds a member to the map that it stands in.
type growing struct{ in map[string]any }

func (g growing) MarshalJSON() ([]byte, error) {
	for i := range 50 {
		delete(g.in, fmt.Sprint(i))
	}
	return []byte("1"), nil
}

// TestChanged: a map that changes under the encoding is refused, or sent with a
// head that is true: clients disconnect at any other.
func TestChanged(t *testing.T) {
	for range 20 {
		m := map[string]any{}
		for i := range 50 {
			m[fmt.Sprint(i)] = i
		}
		m["g"] = growing{m}
		var b Buffer
		v, err := b.Msgpack("e", []any{m})
		if err == nil {
			packTree(t, &v)
		} else if !strings.Contains(err.Error(), "changed while it was encoded") {
			t.Fatal(err)
		}
	}
}

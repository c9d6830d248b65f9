//go:build !nocommon && !nomsgpack

package parser

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sioxide/emitter/protocol"
)

// answers returns the arguments as an answer of each parser.
func answers(t testing.TB, args ...any) map[string]*protocol.Value {
	t.Helper()
	out := map[string]*protocol.Value{}
	for parser, encode := range map[string]func(*Buffer, []any) (protocol.Value, error){"common": (*Buffer).CommonAnswer, "msgpack": (*Buffer).MsgpackAnswer} {
		v, err := encode(new(Buffer), args)
		if err != nil {
			t.Fatal(err)
		}
		c := v.Clone()
		out[parser] = &c
	}
	return out
}

type photo struct {
	Name  string
	Image []byte `json:"image"`
	Thumb *Blob
	Any   any
	More  []any
	Parts [][]byte
	ByKey map[int]Blob
	Inner struct{ Raw []myByte }
	*Base2
	Photos []photo
	Count  int `json:",string"`
	Fixed  [2][]byte
	Loud   selfDecoding
	When   time.Time
}

// selfDecoding has an UnmarshalJSON that hands binaries on to encoding/json.
type selfDecoding struct {
	Bytes  []byte
	called bool
}

func (s *selfDecoding) UnmarshalJSON(text []byte) error {
	type plain selfDecoding
	s.called = true
	return json.Unmarshal(text, (*plain)(s))
}

func fullPhoto() photo {
	p := photo{
		Name: "n\"ä", Image: []byte{0, 255}, Thumb: ptr(Blob("thumb")), Any: map[string]any{"b": []byte("b"), "n": 1.5, "s": []any{"x", []byte{}}},
		More: []any{nil, []byte("more"), "text"}, Parts: [][]byte{{1}, nil, {}}, ByKey: map[int]Blob{-7: Blob("seven")}, Base2: &Base2{1, 2},
		Photos: []photo{{Image: []byte("p"), Loud: selfDecoding{nil, true}}}, Count: 5, Fixed: [2][]byte{{1}, {2}}, Loud: selfDecoding{[]byte("loud"), true}, When: time.Unix(5, 0).UTC(),
	}
	p.Inner.Raw = []myByte{9}
	return p
}

// TestDecode: what is encoded comes back, with binaries at any depth.
func TestDecode(t *testing.T) {
	for parser, v := range answers(t, fullPhoto(), "x", []byte("bin"), int64(1<<53-1), nil, true) {
		var (
			got photo
			s   string
			bin Blob
			n   int64
			p   *int
			b   any
		)
		if err := Decode(v, &got, &s, &bin, &n, &p, &b); err != nil {
			t.Fatal(parser, err)
		}
		if want := fullPhoto(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", parser, got, want)
		}
		if s != "x" || string(bin) != "bin" || n != 1<<53-1 || p != nil || b != true {
			t.Errorf("%s: %q %q %d %v %v", parser, s, bin, n, p, b)
		}
		if err := Decode(v, nil, &s); err != nil || s != "x" {
			t.Errorf("%s: with the first passed over: %q, %v", parser, s, err)
		}
		for i := range bin {
			bin[i] = 0
		}
		var again []byte
		if err := Decode(v, nil, nil, &again); err != nil || string(again) != "bin" {
			t.Errorf("%s: a change of what was decoded changed the answer: %q, %v", parser, again, err)
		}
	}
}

// TestArgs: without types, an answer is the same with either parser.
func TestArgs(t *testing.T) {
	for _, s := range samples() {
		if s.name == "list" || s.name == "deep" || s.name == "raw deep" || strings.HasPrefix(s.name, "placeholder") || s.name == "raw placeholder" {
			continue // too deep for an answer, or taken for what it looks like
		}
		var trees []any
		for parser, v := range answers(t, s.value) {
			tree, err := Args(v)
			if err != nil || len(tree) != 1 {
				t.Fatalf("%s, %s: %v, %v", s.name, parser, tree, err)
			}
			trees = append(trees, tree)
		}
		want, _, err := encodeBoth(t, s.value)
		if err != nil || !same(trees[0], trees[1]) || !same(trees[0], []any{want}) {
			t.Errorf("%s: %#v and %#v, not %#v", s.name, trees[0], trees[1], want)
		}
	}
	for parser, v := range answers(t) {
		if args, err := Args(v); err != nil || args == nil || len(args) != 0 {
			t.Errorf("%s: no arguments are %#v, %v", parser, args, err)
		}
	}
}

// TestArgsCopies: what is read shares nothing with the answer.
func TestArgsCopies(t *testing.T) {
	for parser, v := range answers(t, []byte("abc")) {
		for range 2 {
			args, err := Args(v)
			if err != nil || !same(args, []any{[]byte("abc")}) {
				t.Fatalf("%s: %v, %v", parser, args, err)
			}
			clear(args[0].([]byte))
		}
	}
}

// TestNotepack: the forms that only JavaScript's msgpack has.
func TestNotepack(t *testing.T) {
	for in, want := range map[string]any{
		"\x91\xd4\x00\x00": nil,
		"\x91\x83\xa1a\xd4\x00\x00\xa1b\x01\xa1c\xd4\x00\x00": map[string]any{"b": 1.0},
		"\x91\x81\xa1a\xd4\x00\x00":                           map[string]any{},
		"\x91\xd7\x00\x00\x00\x01\x8c\xc2\x51\xf4\x00":        "2024-01-01T00:00:00.000Z",
		"\x91\xd7\x00\xff\xff\xff\xff\xff\xff\xff\xff":        "1969-12-31T23:59:59.999Z",
		"\x91\xd7\x00\x00\x1e\xb2\x08\xc2\xdc\x00\x00":        "+275760-09-13T00:00:00.000Z",
		"\x91\xd7\x00\x7f\xff\xff\xff\xff\xff\xff\xff":        nil,
		"\x91\xc7\x03\x00abc":                                 []byte("abc"),
		"\x91\xc8\x00\x01\x00a":                               []byte("a"),
		"\x91\xc9\x00\x00\x00\x00\x00":                        []byte{},
		"\x91\xca\x3f\xc0\x00\x00":                            1.5,
		"\x91\xcb\x7f\xf8\x00\x00\x00\x00\x00\x01":            nil, // NaN
		"\x91\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00":            nil, // Infinity
		"\x91\xcb\x80\x00\x00\x00\x00\x00\x00\x00":            math.Copysign(0, -1),
		"\x91\xcf\xff\xff\xff\xff\xff\xff\xff\xff":            18446744073709551615.0,
		"\x91\xd3\x80\x00\x00\x00\x00\x00\x00\x00":            -9223372036854775808.0,
		"\x91\xd0\x80":             -128.0,
		"\x91\xd1\xff\x00":         -256.0,
		"\x91\xd2\xff\xff\xff\xfe": -2.0,
		"\x91\xe0":                 -32.0,
		"\x91\x81\x05\xa1x":        map[string]any{"5": "x"},
		"\x91\x81\xe0\xc2":         map[string]any{"-32": false},
		"\x91\xa3a\xffb":           "a\ufffdb",
		"\x91\xdd\x00\x00\x00\x01\xdf\x00\x00\x00\x01\xa0\xc3": []any{map[string]any{"": true}},
	} {
		got, err := Args(&protocol.Value{Kind: protocol.Binary, Data: []byte(in)})
		if err != nil || !same(got, []any{want}) {
			t.Errorf("%q: %#v, %v, not %#v", in, got, err, want)
		}
	}
}

func TestDecodeText(t *testing.T) {
	bins := [][]byte{[]byte("zero"), []byte("one")}
	for in, want := range map[string]any{
		` [ {"num" : 1 , "_placeholder" : true} ] `:              []byte("one"),
		`[{"a":{"_placeholder":true,"num":0,"more":[1]}}]`:       map[string]any{"a": []byte("zero")},
		`[{"_placeholder":false,"num":0}]`:                       map[string]any{"_placeholder": false, "num": 0.0},
		`[["\ud800",{"_placeholder":true,"num":1.0},"\u00e9"]]`:  []any{"\ufffd", []byte("one"), "é"},
		`[{"k\ud800\"":{"_placeholder":true,"num":1}, "b" : 2}]`: map[string]any{"k\ufffd\"": []byte("one"), "b": 2.0},
		"[[\"\xff\",{\"_placeholder\":true,\"num\":1}]]":         []any{"\ufffd", []byte("one")},
	} {
		got, err := Args(&protocol.Value{Data: []byte(in), Attachments: bins})
		if err != nil || !same(got, []any{want}) {
			t.Errorf("%s: %#v, %v, not %#v", in, got, err, want)
		}
	}
	got, err := Args(&protocol.Value{Data: []byte(`[{"_placeholder":true,"num":0}]`)})
	if err != nil || !same(got, []any{map[string]any{"_placeholder": true, "num": 0.0}}) {
		t.Errorf("without attachments there are no placeholders: %#v, %v", got, err)
	}
}

func TestDecodeErrors(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	deepPack := func(n int) string { return strings.Repeat("\x91", n) + "\xc0" }
	for in, says := range map[string]string{
		"": "not JSON", "[": "not JSON", "{}": "not an array", `"x"`: "not an array", "[1]x": "not JSON", deep(129): "more than 128",
		`[{"_placeholder":true,"num":2}]`: "names attachment", `[{"_placeholder":true}]`: "names attachment", `[{"_placeholder":true,"num":-1}]`: "names attachment",
		`[{"_placeholder":true,"num":0.5}]`: "names attachment", `[{"_placeholder":true,"num":"0"}]`: "names attachment",
		`[{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]`: "twice",
	} {
		if _, err := Args(&protocol.Value{Data: []byte(in), Attachments: [][]byte{{1}, {2}}}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.40q: %v, not %q", in, err, says)
		}
	}
	for in, says := range map[string]string{
		"": "cut off", "\x91": "cut off", "\x90\x90": "behind its end", "\x80": "not an array", "\xc0": "not an array", "\x91\xc1": "0xc1", "\xdd\xff\xff\xff\xff": "cut off",
		"\x91\xdb\x7f\xff\xff\xffabc": "cut off", "\x91\xc6\xff\xff\xff\xff": "cut off", "\x91\xa5abc": "cut off", "\x91\xcf\x00": "cut off", "\x91\xd6\x05abcd": "extension of type 5",
		"\x91\xd7\xff\x00\x00\x00\x00\x00\x00\x00\x00": "extension of type -1", "\x91\x81\xc4\x01a\x01": "binary as the name", "\x91\x81\xc0\x01": "null as the name",
		"\x91\x81\x90\x01": "more than 128", "\x91\x81\xa1a": "cut off", deepPack(129): "more than 128", "\xc4\x01x": "not an array",
	} {
		if _, err := Args(&protocol.Value{Kind: protocol.Binary, Data: []byte(in)}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.40q: %v, not %q", in, err, says)
		}
	}
	for _, v := range []*protocol.Value{{Data: []byte(deep(128))}, {Kind: protocol.Binary, Data: []byte(deepPack(128))}} {
		if _, err := Args(v); err != nil {
			t.Error("128 deep:", err)
		}
	}
	if _, err := Args(&protocol.Value{Kind: 9, Data: []byte("[]")}); err == nil {
		t.Error("kind 9 was taken")
	}
}

func TestDecodeMismatch(t *testing.T) {
	for parser, v := range answers(t, "x", []byte("b"), map[string]any{"a": []any{[]byte("c"), 1}}) {
		var (
			n      int
			s      string
			into   struct{ A []string }
			arr    struct{ A map[string]int }
			syntax *json.UnmarshalTypeError
			at     *ArgumentError
		)
		for _, c := range []struct {
			dst   []any
			index int
			path  string
			says  string
		}{
			{[]any{&n}, 0, "", "cannot unmarshal string into Go value of type int"},
			{[]any{nil, &s}, 1, "", "a binary does not fit into a string"},
			{[]any{nil, nil, &into}, 2, ".a[0]", "a binary does not fit into a string"},
			{[]any{nil, nil, &arr}, 2, ".a", "cannot unmarshal array into Go value of type map[string]int"},
			{[]any{nil, nil, &n}, 2, "", "cannot unmarshal object into Go value of type int"},
			{[]any{n}, 0, "", "needs a pointer"}, {[]any{(*int)(nil)}, 0, "", "needs a pointer"},
		} {
			err := Decode(v, c.dst...)
			if !errors.As(err, &at) || at.Index != c.index || at.Path != c.path || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: %v, not argument %d (%s) %q", parser, err, c.index, c.path, c.says)
			}
		}
		if err := Decode(v, &n); !errors.As(err, &syntax) {
			t.Errorf("the cause is lost: %v", err)
		}
		if err := Decode(v, nil, nil, nil, nil); err == nil || !strings.Contains(err.Error(), "has 3 arguments, and 4") {
			t.Errorf("%s: %v", parser, err)
		}
	}
}

// TestDecodeMemory: what an answer costs grows with its length and no faster, in
// time too.
func TestDecodeMemory(t *testing.T) {
	const n = 1 << 16
	rep := strings.Repeat
	deep := func(open, inner, shut string) string { return rep(open, 120) + inner + rep(shut, 120) }
	binaries := make([][]byte, n)
	var places strings.Builder
	for i := range n {
		fmt.Fprintf(&places, `{"num":%d,"_placeholder":true},`, i)
	}
	for name, v := range map[string]*protocol.Value{
		"arrays":          {Data: []byte("[" + rep("[],", n) + "0]")},
		"objects":         {Data: []byte("[" + rep("{},", n) + "0]")},
		"deep":            {Data: []byte("[" + deep("[", rep("0,", n)+"0", "]") + "]")},
		"deep binaries":   {Data: []byte("[" + deep("[", places.String()+"0", "]") + "]"), Attachments: binaries},
		"deep objects":    {Data: []byte("[" + deep(`{"a":`, "["+places.String()+"0]", "}") + "]"), Attachments: binaries},
		"packed nils":     {Kind: protocol.Binary, Data: []byte("\x91\xdd\x00\x01\x00\x00" + rep("\xc0", n))},
		"packed arrays":   {Kind: protocol.Binary, Data: []byte("\x91\xdd\x00\x01\x00\x00" + rep("\x90", n))},
		"packed maps":     {Kind: protocol.Binary, Data: []byte("\x91\xdd\x00\x01\x00\x00" + rep("\x80", n))},
		"packed binaries": {Kind: protocol.Binary, Data: []byte("\x91\xdd\x00\x01\x00\x00" + rep("\xc4\x00", n))},
		"packed members":  {Kind: protocol.Binary, Data: []byte("\x91\xdf\x00\x01\x00\x00" + rep("\xa1a\xc4\x00", n))},
		"packed escapes":  {Kind: protocol.Binary, Data: []byte("\x91\xdb\x00\x01\x00\x00" + rep("\x00", n))},
		"packed deep":     {Kind: protocol.Binary, Data: []byte(rep("\x91", 120) + "\xdd\x00\x01\x00\x00" + rep("\xc4\x00", n))},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Args(v)
		runtime.ReadMemStats(&after)
		got := (after.TotalAlloc - before.TotalAlloc) / uint64(len(v.Data))
		if err != nil || got > 256 { // most of it is encoding/json's: a map of no members for a byte
			t.Errorf("%s: %d times its %d bytes, %v", name, got, len(v.Data), err)
		}
		_ = Decode(v, new(photo))
	}
}

// FuzzDecode: no answer makes a panic, and what is read is the same with any way to read it.
func FuzzDecode(f *testing.F) {
	for _, v := range answers(f, fullPhoto(), "x", []byte("bin"), 1.5, nil) {
		f.Add(v.Data, uint8(v.Kind))
	}
	f.Add([]byte(`[{"_placeholder":true,"num":1},[{"_placeholder":true,"num":0}]]`), uint8(0))
	f.Add([]byte("\x92\xd4\x00\x00\x81\xa1a\xd7\x00\x00\x00\x00\x00\x00\x00\x00\x00"), uint8(1))
	f.Fuzz(func(t *testing.T, data []byte, kind uint8) {
		v := &protocol.Value{Kind: protocol.ValueKind(kind % 2), Data: data}
		if v.Kind == protocol.Text {
			v.Attachments = [][]byte{[]byte("a"), nil, []byte("b")}
		}
		args, err := Args(v)
		var p photo
		if decodeErr := Decode(v, &p); err != nil && decodeErr == nil {
			t.Fatalf("%q: Args says %v", data, err)
		}
		var any0 any
		if err != nil || len(args) == 0 {
			return
		}
		if err := Decode(v, &any0); err != nil || !same(any0, args[0]) {
			t.Fatalf("%q: %#v, %v, not %#v", data, any0, err, args[0])
		}
		if placeholders(args) {
			return
		}
		if _, _, err := encodeBoth(t, args); err != nil {
			t.Fatalf("%q: what was read can't be encoded: %v", data, err)
		}
	})
}

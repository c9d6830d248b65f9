//go:build !nocommon && !nomsgpack

package parser

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"net/netip"
	"strings"
	"time"
)

type sample struct {
	name  string
	value any
}

type (
	Blob      []byte
	myByte    byte
	Bytes     []myByte
	loudBytes []byte // has a marshaler
	level     int    // has a MarshalText
	stringer  string
	celsius   float64
	Strings   []string
	word      string
	byValue   struct{ A int }
	byPointer struct{ A int }
	textPtr   struct{ A int }
	raw       json.RawMessage // a slice of bytes without a marshaler
	holder    struct{ V any }
	keyPair   struct{ A, B int }
	pointee   struct{ N int }
	onlyPtr   struct{ P *pointee } // an interface holds it as it is
	node      struct {
		Name string
		Next *node `json:",omitempty"`
	}
)

func (loudBytes) MarshalJSON() ([]byte, error) { return []byte(`"loud"`), nil }
func (l level) MarshalText() ([]byte, error)   { return fmt.Appendf(nil, "level-%d", int(l)), nil }
func (s stringer) String() string              { return "never " + string(s) }
func (v byValue) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, ` { "by value" : %d } `, v.A), nil
}
func (v *byPointer) MarshalJSON() ([]byte, error) {
	if v == nil {
		return []byte(`"nil receiver"`), nil
	}
	return fmt.Appendf(nil, `{"by pointer":%d}`, v.A), nil
}
func (v *textPtr) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "text %d \xff\n", v.A), nil }
func (k keyPair) MarshalText() ([]byte, error)  { return fmt.Appendf(nil, "%d/%d", k.A, k.B), nil }

// shoutByte has a marshaler: a slice of it is no binary.
type shoutByte byte

func (b shoutByte) MarshalText() ([]byte, error) { return []byte{'!', 'a' + byte(b)}, nil }

type scalars struct {
	B   bool
	I   int
	I8  int8
	I16 int16
	I32 int32
	I64 int64
	U   uint
	U8  uint8
	U16 uint16
	U32 uint32
	U64 uint64
	UP  uintptr
	F32 float32
	F64 float64
	S   string
}

type quotedScalars struct {
	B   bool          `json:"b,string"`
	I   int           `json:"i,string"`
	U8  uint8         `json:"u8,string"`
	F32 float32       `json:"f32,string"`
	F64 float64       `json:"f64,string"`
	S   string        `json:"s,string"`
	P   *int          `json:"p,string"`
	PP  **int         `json:"pp,string"` //nolint:staticcheck // what encoding/json makes of it matters
	N   json.Number   `json:"n,string"`
	D   time.Duration `json:"d,string"`
	L   level         `json:"l,string"`
	Any any           `json:"any,string"` //nolint:staticcheck // what encoding/json makes of it matters
	Sl  []int         `json:"sl,string"`  //nolint:staticcheck // what encoding/json makes of it matters
	Nil *string       `json:"nil,string"`
}

type omitting struct {
	B    bool               `json:"b,omitempty"`
	I    int                `json:"i,omitempty"`
	I8   int8               `json:"i8,omitempty"`
	U16  uint16             `json:"u16,omitempty"`
	I32  int32              `json:"i32,omitempty"`
	F    float64            `json:"f,omitempty"`
	F32  float32            `json:"f32,omitempty"`
	S    string             `json:"s,omitempty"`
	Sl   []int              `json:"sl,omitempty"`
	M    map[string]int     `json:"m,omitempty"`
	MA   map[string]any     `json:"ma,omitempty"`
	P    *int               `json:"p,omitempty"`
	A    any                `json:"a,omitempty"`
	E    error              `json:"e,omitempty"`
	Ar0  [0]int             `json:"ar0,omitempty"`
	Ar1  [1]int             `json:"ar1,omitempty"`
	St   struct{}           `json:"st,omitempty"`
	T    time.Time          `json:"t,omitempty"`
	By   []byte             `json:"by,omitempty"`
	Zt   time.Time          `json:"zt,omitzero"`
	Zi   int                `json:"zi,omitzero"`
	Zs   struct{ A, B int } `json:"zs,omitzero"`
	Zsl  []int              `json:"zsl,omitzero"`
	Zv   zeroValue          `json:"zv,omitzero"`
	Zp   zeroPointer        `json:"zp,omitzero"`
	Zpp  *zeroPointer       `json:"zpp,omitzero"`
	Zif  isZeroer           `json:"zif,omitzero"`
	Both sevenIsZero        `json:"both,omitempty,omitzero"`
	Zez  string             `json:"zez,omitempty,omitzero"`
}

type few struct {
	A string `json:"a,omitempty"`
	B []byte `json:"b,omitempty"`
	C *int   `json:"c,omitempty"`
	D int
}

type zeroValue struct{ A int }

func (z zeroValue) IsZero() bool { return z.A == 7 }

type sevenIsZero string

func (s sevenIsZero) IsZero() bool { return s == "7" }

type zeroPointer struct{ A int }

func (z *zeroPointer) IsZero() bool { return z.A == 7 }

type tagged struct {
	Renamed int `json:"other"`
	Skipped int `json:"-"`
	Dash    int `json:"-,"`    //nolint:staticcheck // what encoding/json makes of it matters
	Bad     int `json:"ba\"d"` //nolint:staticcheck // what encoding/json makes of it matters
	Comma   int `json:",omitempty"`
	Symbols int `json:"!#$%&()*+-./:;<=>?@[]^_{|}~ "`
	Umlaut  int `json:"ä名"`
	hidden  int
	Unknown int `json:"u,unknown"`
	NoTag   int `xml:"x"`
	Funny   int `json:"a.b[0]"`
}

type fields struct {
	scalars   scalars //nolint:unused // it must not be written
	Any       any
	Err       error
	Stringer  fmt.Stringer
	Blob      Blob
	Bytes     Bytes
	Plain     []byte
	Array     [4]byte
	Arrays    [][2]byte
	Raw       json.RawMessage
	OwnRaw    raw
	Number    json.Number
	Time      time.Time
	Duration  time.Duration
	Big       *big.Int
	BigV      big.Int
	Float     *big.Float
	Addr      netip.Addr
	Value     byValue
	ValueP    *byValue
	Pointer   byPointer
	PointerP  *byPointer
	Text      textPtr
	Texts     []textPtr
	TextArr   [2]textPtr
	TextMap   map[string]textPtr
	Marshaler json.Marshaler
	Loud      loudBytes
	Level     level
	Only      onlyPtr
	OnlyArr   [1]*pointee
	Fn        func() `json:"-"`
}

func ptr[T any](v T) *T { return &v }

// full returns a value of all kinds of fields.
func full() fields {
	return fields{
		Any: map[string]any{"k": []any{1, Blob{1}}}, Err: errors.New("an error has no fields"), Stringer: stringer("s"),
		Blob: Blob("blob"), Bytes: Bytes{1, 2}, Plain: []byte{0}, Array: [4]byte{1, 2}, Arrays: [][2]byte{{1}, {2, 3}},
		Raw: json.RawMessage(` [ 1 , "x" ] `), OwnRaw: raw("{}"), Number: "-1.50e3",
		Time: time.Date(2024, 2, 29, 1, 2, 3, 4000, time.FixedZone("", 5400)), Duration: time.Minute,
		Big: new(big.Int).Lsh(big.NewInt(1), 80), BigV: *big.NewInt(5), Float: big.NewFloat(1.25), Addr: netip.MustParseAddr("::1"),
		Value: byValue{1}, ValueP: &byValue{2}, Pointer: byPointer{3}, PointerP: &byPointer{4}, Text: textPtr{5},
		Texts: []textPtr{{6}}, TextArr: [2]textPtr{{7}, {8}}, TextMap: map[string]textPtr{"m": {9}},
		Marshaler: byValue{10}, Loud: loudBytes("x"), Level: 3, Only: onlyPtr{&pointee{1}}, OnlyArr: [1]*pointee{{2}},
	}
}

func samples() []sample {
	return append(append(scalarSamples(), shapeSamples()...), methodSamples()...)
}

func scalarSamples() []sample {
	list := []sample{
		{"nil", nil}, {"true", true}, {"false", false},
		{"empty string", ""}, {"string", "hello"}, {"html", "<a href='x'>&</a>"},
		{"escapes", "q\" b\\ s/ n\n t\t r\r z\x00 b\b f\f u\x1f d\x7f"},
		{"separators", "a\u2028b\u2029c"}, {"emoji", "👍🏽 family 👨‍👩‍👧"}, {"accents", "Größe, naïve, 日本語, עברית"},
		{"broken", "a\xffb\xc3"}, {"broken twice", "\xe2\x82"}, {"surrogate in UTF-8", "x\xed\xa0\x80y"}, {"replacement", "\ufffd"},
		{"broken and escapes", "\"\xff\n\x80"},
		{"int8", int8(-128)}, {"int16", int16(-32768)}, {"uint8", uint8(200)}, {"uint16", uint16(65535)}, {"uint32", uint32(math.MaxUint32)},
		{"int32", int32(math.MinInt32)}, {"uintptr", uintptr(5)}, {"uint", uint(7)},
		{"max int", int64(math.MaxInt64)}, {"min int", int64(math.MinInt64)}, {"max uint", uint64(math.MaxUint64)},
		{"named string", word("w")}, {"named float", celsius(1.5)}, {"stringer", stringer("x")}, {"duration", time.Second},
		{"number", json.Number("12.50")}, {"empty number", json.Number("")}, {"large number", json.Number("123456789012345678901234567890")},
		{"number 64", json.Number("18446744073709551615")}, {"number -64", json.Number("-9223372036854775808")}, {"number 20", json.Number("-9223372036854775809")},
		{"number -0", json.Number("-0")}, {"number -0.0", json.Number("-0.0")}, {"number tiny", json.Number("1e-400")}, {"number exp", json.Number("1E+2")},
	}
	for _, n := range []int64{0, 1, 31, 32, 33, 127, 128, 129, 255, 256, 32767, 32768, 65535, 65536, 1<<31 - 1, 1 << 31, 1<<32 - 1, 1 << 32, 1 << 53, 1<<53 + 1, 1<<62 + 1} {
		list = append(list, sample{fmt.Sprint("int ", n), n}, sample{fmt.Sprint("int ", -n), -n}, sample{fmt.Sprint("uint ", n), uint64(n)})
	}
	for _, f := range []float64{0, math.Copysign(0, -1), 1, -1, 0.5, 0.1, 1e-6, 9.99e-7, 1e-7, 1e-9, 1e20, 1e21, 1.5e21, 1e300, math.MaxFloat64, -math.MaxFloat64,
		math.SmallestNonzeroFloat64, 1 << 52, 1 << 53, 1<<53 + 2, math.Pi, 123456789.125, 1 << 63, 1 << 64, -1 << 63, 3e9} {
		list = append(list, sample{fmt.Sprint("float ", f), f}, sample{fmt.Sprint("float32 ", f), float32(min(max(f, -math.MaxFloat32), math.MaxFloat32))})
	}
	for _, n := range []int{7, 8, 9, 31, 32, 126, 127, 128, 255, 256, 511, 512, 513, 65535, 65536, 70000} {
		s := strings.Repeat("a", n)
		list = append(list, sample{fmt.Sprint("string of ", n), s}, sample{fmt.Sprint("text of ", n), "ö" + s}, sample{fmt.Sprint("lines of ", n), s + "\n" + s},
			sample{fmt.Sprint("broken of ", n), s + "\xff" + s}, sample{fmt.Sprint("bytes of ", n), []byte(s)}, sample{fmt.Sprint("blob of ", n), Blob(s)})
	}
	return list
}

//go:build !nocommon && !nomsgpack

package parser

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/big"
	"net/netip"
	"slices"
	"strings"
	"time"
)

type named2 map[string]string

func shapeSamples() []sample {
	one := 1
	pone := &one
	shared := map[string]any{"x": pone}
	deep := any([]any{shared, shared, pone, pone, []any{shared}})
	list := &node{Name: "last"}
	for i := range 3000 {
		deep = []any{deep}
		list = &node{Name: fmt.Sprint(i), Next: list}
	}
	wide := map[string]any{}
	for i := range 70000 {
		wide[fmt.Sprint(i)] = i
	}
	values := full()
	return []sample{
		{"nil slice", []int(nil)}, {"empty slice", []int{}}, {"ints", []int{1, 2, 3}}, {"nil any slice", []any(nil)}, {"anys", []any{nil, 1, "x", 1.5, true, []any{}}},
		{"15", make([]int, 15)}, {"16", make([]int, 16)}, {"65535", make([]bool, 65535)}, {"70000", slices.Repeat([]any{"x"}, 70000)},
		{"nil bytes", []byte(nil)}, {"empty bytes", []byte{}}, {"bytes", []byte("abc")}, {"nil blob", Blob(nil)}, {"blob", Blob("x")}, {"named bytes", Bytes{1, 2}},
		{"bytes with a marshaler", []shoutByte{1, 2}}, {"own raw", raw("x")}, {"array of bytes", [3]byte{1, 2, 3}}, {"no array", [0]int{}}, {"slice of bytes", [][]byte{{1}, nil, {}}}, {"pointer to bytes", &[]byte{1}},
		{"bytes in any", []any{[]byte("a"), map[string]any{"b": []byte("b"), "c": Blob("c")}}},
		{"nil map", map[string]int(nil)}, {"empty map", map[string]int{}}, {"map", map[string]int{"a": 1, "b": 2}}, {"any map", map[string]any{"a": 1, "\n\xff": nil}},
		{"named any map", namedMap{"a": 1}},
		{"named any map, nil", namedMap(nil)},
		{"nil string map", map[string]string(nil)}, {"named string map", named2{"a": "b"}},
		{"string map", map[string]string{"a": "x"}}, {"wide map", wide}, {"named key", map[word]int{"k": 1}}, {"int keys", map[int]string{-5: "x", 7: "y"}},
		{"uint8 keys", map[uint8]bool{200: true}}, {"int64 keys", map[int64][]byte{1: {1}}}, {"int16 keys", map[int16]int{-300: 1}}, {"uint32 keys", map[uint32]int{1 << 31: 1}},
		{"text keys", map[level]int{2: 2}}, {"struct keys", map[keyPair]string{{1, 2}: "x"}}, {"pointer keys", map[*keyPair]int{{3, 4}: 1, nil: 2}}, {"address keys", map[netip.Addr]int{netip.MustParseAddr("10.0.0.1"): 1}},
		{"map of maps", map[string]map[string]any{"a": {"b": map[int]any{1: nil}}}}, {"map of structs", map[string]few{"a": {A: "x"}}}, {"map of pointers", map[string]*few{"a": nil}},
		{"pointer", pone}, {"pointer to pointer", &pone}, {"nil pointer", (*int)(nil)}, {"pointer to nil pointer", ptr((*int)(nil))}, {"pointer to any", ptr(any(1))},
		{"pointer to nil any", ptr(any(nil))}, {"pointer to string", ptr("s")}, {"pointer to map", &map[string]any{"x": 1}}, {"any in any", holder{holder{holder{"x"}}}},
		{"empty struct", struct{}{}}, {"empty struct pointer", &struct{}{}}, {"zero scalars", scalars{}},
		{"scalars", scalars{true, -1, -2, -3, -4, -5, 1, 2, 3, 4, 5, 6, 0.1, 0.2, "s"}}, {"scalars pointer", &scalars{F32: 1e-7, F64: 1e22}},
		{"quoted", quotedScalars{true, 1, 2, 0.5, 1e21, "a\"\u2028\xff<", pone, &pone, "1e5", 5, 6, 7, []int{1}, nil}}, {"quoted zero", &quotedScalars{}},
		{"omitting all", omitting{Zv: zeroValue{7}, Zp: zeroPointer{7}, Zpp: &zeroPointer{7}, Zif: &zeroPointer{7}, Both: "7"}}, {"omitting all by pointer", &omitting{Zv: zeroValue{7}, Zp: zeroPointer{7}}},
		{"omitting none", &omitting{true, 1, 1, 1, 1, 1, 1, "s", []int{1}, map[string]int{"a": 1}, map[string]any{"a": 1}, pone, 1, fmt.Errorf("e"), [0]int{}, [1]int{1}, struct{}{},
			time.Unix(1, 0).UTC(), []byte("x"), time.Unix(2, 0).UTC(), 1, struct{ A, B int }{1, 2}, []int{}, zeroValue{1}, zeroPointer{1}, &zeroPointer{2}, zeroValue{3}, "both", "z"}},
		{"omitting nil interface", omitting{Zif: (*zeroPointer)(nil), F: math.Copysign(0, -1)}}, {"few", few{}}, {"few pointer", &few{A: "a", B: []byte("b"), C: pone}},
		{"tags", tagged{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}}, {"fields", values}, {"fields by pointer", &values}, {"no fields", fields{}}, {"no fields by pointer", &fields{}},
		{"fields in any", []any{values, &values, map[string]any{"v": values}}}, {"structs", []few{{A: "x"}, {}, {D: 1}}}, {"array of structs", [2]few{{A: "x"}}},
		{"one pointer", onlyPtr{&pointee{1}}}, {"one nil pointer", onlyPtr{}}, {"array of one pointer", [1]*pointee{{1}}}, {"nested one pointer", struct{ O onlyPtr }{onlyPtr{&pointee{3}}}},
		{"one map", struct{ M map[string]int }{map[string]int{"a": 1}}}, {"padded pointer", struct {
			P *pointee
			_ struct{}
		}{P: &pointee{5}}},
		{"list", list}, {"deep", deep}, {"anonymous", struct {
			A int
			B struct{ C string }
		}{1, struct{ C string }{"x"}}},
		{"placeholder", map[string]any{"_placeholder": true, "num": 0}}, {"placeholder and bytes", []any{[]byte("x"), map[string]any{"_placeholder": true, "num": 7}}},
		{"long parts", []any{strings.Repeat("x", 600), []byte(strings.Repeat("y", 600)), map[string]any{"k": strings.Repeat("z", 6000)}}},
		{"shared pointer", []any{pone, pone, onlyPtr{}, onlyPtr{}}}, {"types of maps", []any{map[string]bool{"x": true}, map[word]any{"y": nil}, map[string]word{"z": "w"}}},
		{"maps", maps.Clone(map[string][]any{"a": {1}, "b": nil})}, {"raw array", []json.RawMessage{[]byte(`1`), nil, []byte(` "x" `)}},
	}
}

func methodSamples() []sample {
	return []sample{
		{"raw", json.RawMessage(`{"a":[1,2.50,1e3,-0,true,false,null,"é\u00e9\ud83d\ude00\n\/"]}`)}, {"raw with space", json.RawMessage(" { \"a\" : [ 1 , 2 ] ,\n\t\"b\" : { } , \"c\":[ ] } ")},
		{"raw scalar", json.RawMessage(` 17 `)}, {"raw string", json.RawMessage(`"x"`)}, {"nil raw", json.RawMessage(nil)}, {"raw pointer", ptr(json.RawMessage(`[1]`))},
		{"nil raw pointer", (*json.RawMessage)(nil)}, {"raw duplicates", json.RawMessage(`{"a":1,"a":2}`)}, {"raw broken", json.RawMessage("[\"a\xff\xfeb\", {\"\x80\":1}]")},
		{"raw html", json.RawMessage(`"<&>"`)}, {"raw separators", json.RawMessage("\"\u2028\"")}, {"raw wide", json.RawMessage("[" + strings.Repeat(`{"x":[`, 20) + strings.Repeat("]},1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16", 20) + "]")},
		{"raw long", json.RawMessage("[" + strings.Repeat("1,", 70000) + "1]")}, {"raw long object", json.RawMessage("{" + strings.Repeat(`"k":[],`, 69999) + `"l":{}}`)},
		{"raw escapes long", json.RawMessage(`"` + strings.Repeat(`\u0041`, 1000) + `"`)}, {"raw numbers", json.RawMessage(`[0,-0,-0.0,0e5,-0e5,1.0,100e-2,18446744073709551615,18446744073709551616,-9223372036854775808,-9223372036854775809,0.1,1e308,1e-320,123456789012345678]`)},
		{"raw deep", json.RawMessage(strings.Repeat("[", 5000) + strings.Repeat("]", 5000))}, {"raw placeholder", json.RawMessage(`{"_placeholder":true,"num":0}`)},
		{"by value", byValue{1}}, {"by value pointer", &byValue{1}}, {"by value nil", (*byValue)(nil)}, {"by pointer, not addressed", byPointer{1}}, {"by pointer", &byPointer{1}},
		{"by pointer nil", (*byPointer)(nil)}, {"in slice", []byPointer{{1}}}, {"in array", [1]byPointer{{1}}}, {"in array by pointer", &[1]byPointer{{1}}}, {"in map", map[string]byPointer{"a": {1}}},
		{"in any", []any{byPointer{1}, &byPointer{2}}}, {"text pointer", &textPtr{1}}, {"text not addressed", textPtr{1}}, {"level", level(4)}, {"levels", []level{1, 2}}, {"level pointer", ptr(level(1))},
		{"marshaler nil inside", struct{ M json.Marshaler }{(*byPointer)(nil)}}, {"marshaler nil", struct{ M json.Marshaler }{}}, {"loud bytes", loudBytes("x")}, {"loud nil", loudBytes(nil)},
		{"time", time.Date(2024, 1, 2, 3, 4, 5, 6, time.UTC)}, {"time pointer", ptr(time.Unix(0, 0).UTC())}, {"zero time", time.Time{}}, {"times", []time.Time{time.Unix(5, 5).UTC()}},
		{"big", big.NewInt(-5)}, {"big value", *big.NewInt(5)}, {"bigger", new(big.Int).Lsh(big.NewInt(1), 200)}, {"nil big", (*big.Int)(nil)}, {"big float", big.NewFloat(0.1)}, {"rat", big.NewRat(1, 3)},
		{"addr", netip.MustParseAddr("1.2.3.4")}, {"embedded", embedSamples()}, {"embedded pointers", ptr(embedSamples())},
	}
}

// What encoding/json makes of embedded structs: the nearest field wins, of those
// equally near the one with a tag, and two of a kind hide each other.
type (
	base    struct{ ID, Name, Same int }
	Base2   struct{ ID2, Same int }
	inner   struct{ Deep, ID int }
	Middle  struct{ inner }
	left    struct{ diamond }
	right   struct{ diamond }
	diamond struct {
		Twice int
		far
	}
	far struct{ Far int }
	Num int
	num int

	withTagTwin struct {
		base
		X int `json:"Name"`
	}
	tagOfTwo struct {
		A int `json:"T"`
	}
	plainOfTwo struct{ T int }
	both       struct {
		tagOfTwo
		plainOfTwo
	}
	selfEmbed struct {
		V int
		*selfEmbed
	}
	embedPointer struct {
		*base
		*Base2
		Own int
	}
	embedMarshaler struct {
		byValue
		Own int
	}
	embedTagged struct {
		base `json:"base"`
		Base2
	}
	embedScalars struct {
		Num
		num
		*Strings
		fmt.Stringer
	}
	addressed struct {
		*holdsPtr
	}
	holdsPtr struct {
		V byPointer
		T textPtr
	}
)

func embedSamples() []any {
	return []any{
		struct {
			base
			Base2
			Name string
		}{base{1, 2, 3}, Base2{4, 5}, "near"},
		Middle{inner{1, 2}},
		struct {
			left
			right
		}{left{diamond{1, far{2}}}, right{diamond{3, far{4}}}},
		withTagTwin{base{1, 2, 3}, 4}, both{tagOfTwo{1}, plainOfTwo{2}}, selfEmbed{1, &selfEmbed{2, nil}},
		embedPointer{nil, nil, 1}, embedPointer{&base{1, 2, 3}, nil, 4}, embedPointer{&base{1, 2, 3}, &Base2{4, 5}, 6}, &embedPointer{nil, &Base2{4, 5}, 6},
		embedMarshaler{byValue{1}, 2}, embedTagged{base{1, 2, 3}, Base2{4, 5}}, embedScalars{1, 2, &Strings{"x"}, stringer("y")}, embedScalars{},
		addressed{&holdsPtr{byPointer{1}, textPtr{2}}}, addressed{}, holdsPtr{byPointer{1}, textPtr{2}}, &holdsPtr{byPointer{1}, textPtr{2}},
	}
}

//go:build !nocommon && !nomsgpack

package parser

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"
)

// FuzzTypes: values of random types, with random fields, tags and contents, are
// what encoding/json makes of them.
func FuzzTypes(f *testing.F) {
	for seed := range uint64(1000) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		g := generator{rand.New(rand.NewPCG(seed, 1))}
		typ := g.typ(4)
		v := reflect.New(typ)
		g.fill(v.Elem(), 4)
		for _, arg := range []any{v.Interface(), v.Elem().Interface(), []any{v.Elem().Interface()}} {
			_, want, err := reference(arg)
			got, text, ourErr := encodeBoth(t, arg)
			if (err == nil) != (ourErr == nil) {
				t.Fatalf("%s\nencoding/json: %v\nours: %v", typ, err, ourErr)
			}
			if err == nil && !same(base64Of(got), want) {
				t.Fatalf("%s\ngot  %s\nwant %#v", typ, text, want)
			}
		}
	})
}

type generator struct{ *rand.Rand }

var leaves = []reflect.Type{
	reflect.TypeFor[bool](), reflect.TypeFor[int](), reflect.TypeFor[int8](), reflect.TypeFor[uint16](), reflect.TypeFor[int32](), reflect.TypeFor[uint64](),
	reflect.TypeFor[float32](), reflect.TypeFor[float64](), reflect.TypeFor[string](), reflect.TypeFor[word](), reflect.TypeFor[[]byte](), reflect.TypeFor[Blob](),
	reflect.TypeFor[any](), reflect.TypeFor[time.Duration](), reflect.TypeFor[byValue](), reflect.TypeFor[byPointer](), reflect.TypeFor[textPtr](), reflect.TypeFor[level](),
	reflect.TypeFor[zeroPointer](), reflect.TypeFor[base](), reflect.TypeFor[embedPointer](), reflect.TypeFor[onlyPtr](), reflect.TypeFor[few](), reflect.TypeFor[struct{}](),
}

// Base3 and Base4 share names with each other and with Base2.
type (
	Base3 struct {
		ID2 int `json:"x"`
		Y   string
		Base2
	}
	Base4 struct {
		Y    []byte `json:"y"`
		Same int
		*Base3
		Num
	}
)

var embeds = []reflect.Type{reflect.TypeFor[Base2](), reflect.TypeFor[Base3](), reflect.TypeFor[Base4](), reflect.TypeFor[Num](), reflect.TypeFor[Strings](), reflect.TypeFor[Blob]()}

var keys = []reflect.Type{reflect.TypeFor[string](), reflect.TypeFor[word](), reflect.TypeFor[int](), reflect.TypeFor[uint8](), reflect.TypeFor[level](), reflect.TypeFor[keyPair]()}

var options = []string{"", ",omitempty", ",omitzero", ",string", ",omitempty,string", ",omitempty,omitzero", ",unknown"}

func pick[T any](g generator, list []T) T { return list[g.IntN(len(list))] }

func (g generator) typ(depth int) reflect.Type {
	if depth == 0 {
		return pick(g, leaves)
	}
	switch g.IntN(9) {
	case 0, 1, 2:
		return pick(g, leaves)
	case 3:
		return reflect.PointerTo(g.typ(depth - 1))
	case 4:
		return reflect.SliceOf(g.typ(depth - 1))
	case 5:
		return reflect.ArrayOf(g.IntN(3), g.typ(depth-1))
	case 6:
		return reflect.MapOf(pick(g, keys), g.typ(depth-1))
	}
	return g.structType(depth)
}

// structType has up to 19 fields, some with names that differ only by their tag.
func (g generator) structType(depth int) reflect.Type {
	var list []reflect.StructField
	for i := range g.IntN(5) * g.IntN(6) {
		sf := reflect.StructField{Name: fmt.Sprintf("F%d", i), Type: g.typ(depth - 1)}
		name := pick(g, []string{"", "", "x", "y", "F1", "-", "ä", `a"b`})
		if g.IntN(5) == 0 {
			sf.Type = pick(g, embeds)
			sf.Name, sf.Anonymous = sf.Type.Name(), true
			if g.IntN(2) == 0 {
				sf.Type = reflect.PointerTo(sf.Type)
			}
		}
		if slices.ContainsFunc(list, func(f reflect.StructField) bool { return f.Name == sf.Name }) {
			continue
		}
		sf.Tag = reflect.StructTag(fmt.Sprintf("json:%q", name+pick(g, options)))
		list = append(list, sf)
	}
	return reflect.StructOf(list)
}

func (g generator) fill(v reflect.Value, depth int) {
	if g.IntN(4) == 0 {
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int32, reflect.Int64:
		v.SetInt(int64(g.Uint64() >> g.IntN(64)))
	case reflect.Uint8, reflect.Uint16, reflect.Uint64:
		v.SetUint(g.Uint64() >> g.IntN(64))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(pick(g, []float64{1, -0.5, 1e-7, 1e21, 0.1, float64(g.Uint32()), g.NormFloat64()}))
	case reflect.String:
		v.SetString(pick(g, []string{"a", "ä\u2028", "\xff", "\"\n", "a longer text without anything", "日本語"}))
	case reflect.Interface:
		g.fillInterface(v, depth)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		g.fill(v.Elem(), depth)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), g.IntN(4), 4))
		for i := range v.Len() {
			g.fill(v.Index(i), depth)
		}
	case reflect.Array:
		for i := range v.Len() {
			g.fill(v.Index(i), depth)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range g.IntN(3) {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			g.fill(key, depth)
			g.fill(value, depth)
			if !v.IsZero() && key.Kind() == reflect.String {
				key.SetString(fmt.Sprint("k", v.Len())) // names that differ also without their broken bytes
			}
			v.SetMapIndex(key, value)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				g.fill(v.Field(i), depth)
			}
		}
	}
}

func (g generator) fillInterface(v reflect.Value, depth int) {
	if depth == 0 || v.NumMethod() > 0 {
		return
	}
	inner := reflect.New(g.typ(depth - 1)).Elem()
	g.fill(inner, depth-1)
	v.Set(inner)
}

//go:build !nocommon || !nomsgpack

package parser

import (
	"fmt"
	"reflect"
	"testing"
	"unsafe"
)

// TestInterfaceWords holds the runtime to what memory.go takes from it: where an
// interface keeps a value of each kind of type.
func TestInterfaceWords(t *testing.T) {
	type one struct{ P *int }
	n := 7
	for _, v := range []any{
		true, 1, int8(1), int16(300), uint8(3), uint8(0), 1.5, float32(2), "text", "", complex(1, 2), struct{}{}, [0]int{}, [1]int{5}, [2]string{"a", "b"},
		&n, (*int)(nil), map[string]int{"a": 1}, map[string]int(nil), make(chan int), func() {}, unsafe.Pointer(&n), []int{1}, []int(nil),
		one{&n}, one{}, [1]*int{&n}, [1]one{{&n}}, struct{ O one }{one{&n}}, struct{ M map[int]int }{map[int]int{1: 1}}, struct{ F func() }{}, struct {
			P *int
			_ struct{}
		}{P: &n}, struct {
			_ [0]int
			P *int
		}{P: &n}, struct{ A, B *int }{&n, &n}, struct{ A any }{1}, reflect.ValueOf(1),
	} {
		typ := reflect.TypeOf(v)
		p := &plan{typ: typ, direct: isDirect(typ)}
		got := reflect.NewAt(typ, p.pointerTo(v)).Elem()
		if a, b := fmt.Sprintf("%#v", got.Interface()), fmt.Sprintf("%#v", v); a != b {
			t.Errorf("%s: %s, not %s", typ, a, b)
		}
		if k := typ.Kind(); (k == reflect.Pointer || k == reflect.Map) != p.direct && k != reflect.Chan && k != reflect.Func && k != reflect.UnsafePointer && k != reflect.Struct && k != reflect.Array {
			t.Errorf("%s: direct is %v", typ, p.direct)
		}
		if other := reflect.New(typ).Elem().Interface(); typeWord(v) != typeWord(other) {
			t.Errorf("%s: its type has two words", typ)
		}
	}
	if typeWord(1) == typeWord("") || dataWord(&n) != unsafe.Pointer(&n) {
		t.Error("the words of an interface are not its type and its value")
	}
	if s := []int{1, 2, 3}; lenAt(unsafe.Pointer(&s)) != 3 {
		t.Error("a slice's second word is not its length")
	}
	if s := "four"; lenAt(unsafe.Pointer(&s)) != 4 {
		t.Error("a string's second word is not its length")
	}
}

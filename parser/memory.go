//go:build !nocommon || !nomsgpack

package parser

import (
	"reflect"
	"unsafe"
)

// An interface is two words: what its type is, and a pointer to the value, or for
// pointers, maps and the like the value itself. memory_test.go holds the runtime
// to it.
type words struct{ typ, data unsafe.Pointer }

func typeWord(v any) unsafe.Pointer { return (*words)(unsafe.Pointer(&v)).typ }
func dataWord(v any) unsafe.Pointer { return (*words)(unsafe.Pointer(&v)).data }

// isDirect tells whether interfaces hold values of t themselves: the zero value
// is then the data word nil, and otherwise behind a pointer.
func isDirect(t reflect.Type) bool {
	return t.Kind() != reflect.Interface && dataWord(reflect.Zero(t).Interface()) == nil
}

// pointerTo returns where v lies in memory. What it points to must not be
// changed.
func (t *plan) pointerTo(v any) unsafe.Pointer {
	if !t.direct {
		return dataWord(v)
	}
	box := reflect.New(t.typ)
	box.Elem().Set(reflect.ValueOf(v))
	return box.UnsafePointer()
}

// boxed returns the value at p as an interface that has the methods of its type:
// for what is neither a pointer nor an interface, a pointer to it. ok is false
// for a nil pointer or interface.
func (t *plan) boxed(p unsafe.Pointer) (v any, ok bool) {
	switch t.typ.Kind() {
	case reflect.Pointer:
		q := *(*unsafe.Pointer)(p)
		return reflect.NewAt(t.typ.Elem(), q).Interface(), q != nil
	case reflect.Interface:
		v = reflect.NewAt(t.typ, p).Elem().Interface()
		return v, v != nil
	}
	return reflect.NewAt(t.typ, p).Interface(), true
}

// isNilPointer tells whether v, of the type of t, is a nil pointer.
func (t *plan) isNilPointer(v any) bool {
	return t.direct && t.typ.Kind() == reflect.Pointer && dataWord(v) == nil
}

// lenAt returns the length of the slice or string at p.
func lenAt(p unsafe.Pointer) int { return *(*int)(unsafe.Add(p, unsafe.Sizeof(p))) }

//go:build !nocommon || !nomsgpack

package parser

import (
	"reflect"
	"unsafe"
)

type isZeroer interface{ IsZero() bool }

var isZeroerType = reflect.TypeFor[isZeroer]()

// absence returns the test that leaves a field out, or nil if it never is.
func absence(t reflect.Type, addr, omitEmpty, omitZero bool) func(unsafe.Pointer) bool {
	var empty, zero func(unsafe.Pointer) bool
	if omitEmpty {
		empty = emptiness(t)
	}
	if omitZero {
		zero = zeroness(t, addr)
	}
	switch {
	case empty == nil:
		return zero
	case zero == nil:
		return empty
	}
	return func(p unsafe.Pointer) bool { return empty(p) || zero(p) }
}

// emptiness is the test of the option omitempty.
func emptiness(t reflect.Type) func(unsafe.Pointer) bool {
	switch t.Kind() {
	case reflect.Array:
		if t.Len() == 0 {
			return func(unsafe.Pointer) bool { return true }
		}
		return nil
	case reflect.Slice, reflect.String:
		return func(p unsafe.Pointer) bool { return lenAt(p) == 0 }
	case reflect.Map:
		return func(p unsafe.Pointer) bool { return reflect.NewAt(t, p).Elem().Len() == 0 }
	case reflect.Interface, reflect.Pointer:
		return func(p unsafe.Pointer) bool { return *(*unsafe.Pointer)(p) == nil }
	case reflect.Float32:
		return func(p unsafe.Pointer) bool { return *(*float32)(p) == 0 }
	case reflect.Float64:
		return func(p unsafe.Pointer) bool { return *(*float64)(p) == 0 }
	}
	if scalarOp(t) == opUnsupported {
		return nil
	}
	switch t.Size() {
	case 1:
		return func(p unsafe.Pointer) bool { return *(*uint8)(p) == 0 }
	case 2:
		return func(p unsafe.Pointer) bool { return *(*uint16)(p) == 0 }
	case 4:
		return func(p unsafe.Pointer) bool { return *(*uint32)(p) == 0 }
	}
	return func(p unsafe.Pointer) bool { return *(*uint64)(p) == 0 }
}

// zeroness is the test of the option omitzero: the type's own IsZero, or its zero
// value.
func zeroness(t reflect.Type, addr bool) func(unsafe.Pointer) bool {
	byValue := t.Implements(isZeroerType)
	switch k := t.Kind(); {
	case k == reflect.Interface && byValue:
		return func(p unsafe.Pointer) bool {
			v := reflect.NewAt(t, p).Elem()
			return v.IsNil() || v.Elem().Kind() == reflect.Pointer && v.Elem().IsNil() || v.Interface().(isZeroer).IsZero()
		}
	case k == reflect.Pointer && byValue:
		return func(p unsafe.Pointer) bool {
			v := reflect.NewAt(t, p).Elem()
			return v.IsNil() || v.Interface().(isZeroer).IsZero()
		}
	case byValue || addr && reflect.PointerTo(t).Implements(isZeroerType):
		return func(p unsafe.Pointer) bool { return reflect.NewAt(t, p).Interface().(isZeroer).IsZero() }
	case reflect.PointerTo(t).Implements(isZeroerType):
		return func(p unsafe.Pointer) bool { // a copy, as the method may change it
			v := reflect.New(t)
			v.Elem().Set(reflect.NewAt(t, p).Elem())
			return v.Interface().(isZeroer).IsZero()
		}
	}
	return func(p unsafe.Pointer) bool { return reflect.NewAt(t, p).Elem().IsZero() }
}

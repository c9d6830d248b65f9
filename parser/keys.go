//go:build !nocommon || !nomsgpack

package parser

import (
	"encoding"
	"reflect"
	"strconv"
	"sync"
	"unsafe"
)

// setMap prepares a map: keys are strings, numbers, or have a MarshalText.
func (p *plan) setMap(t reflect.Type) {
	k := t.Key()
	switch {
	case k.Kind() == reflect.String:
	case k.Implements(textMarshalerType):
		p.key = textKey(k)
	case scalarOp(k) >= opInt8 && scalarOp(k) <= opUint64:
		p.key = numberKey(scalarOp(k))
	default:
		p.op = opUnsupported
		return
	}
	p.op, p.elem = opMap, makePlan(t.Elem(), false)
	switch {
	case k == stringType && t.Elem() == anyType:
		p.op = opMapAny
	case k == stringType && t.Elem() == stringType:
		p.op = opMapString
	}
	p.maps = &sync.Pool{New: func() any {
		s := &mapScratch{key: reflect.New(k), value: reflect.New(t.Elem())}
		return s
	}}
}

// textKey returns the text of a key of type t, which has a MarshalText; a nil
// pointer is "".
func textKey(t reflect.Type) func(unsafe.Pointer) (string, error) {
	at := &plan{typ: t}
	return func(p unsafe.Pointer) (string, error) {
		v, ok := at.boxed(p)
		if !ok && t.Kind() == reflect.Pointer {
			return "", nil
		}
		if v == nil {
			return "", errMarshal(t, "MarshalText", errNilKey)
		}
		text, err := v.(encoding.TextMarshaler).MarshalText()
		if err != nil {
			return "", errMarshal(t, "MarshalText", err)
		}
		return string(text), nil
	}
}

// keyAt returns the text of the key at p.
func (t *plan) keyAt(p unsafe.Pointer) (string, error) {
	if t.key == nil {
		return *(*string)(p), nil
	}
	return t.key(p)
}

func numberKey(o op) func(unsafe.Pointer) (string, error) {
	if o >= opUint8 {
		return func(p unsafe.Pointer) (string, error) { return strconv.FormatUint(uintAt(o, p), 10), nil }
	}
	return func(p unsafe.Pointer) (string, error) { return strconv.FormatInt(intAt(o, p), 10), nil }
}

// intAt returns the signed integer at p, of the size that o tells.
func intAt(o op, p unsafe.Pointer) int64 {
	switch o {
	case opInt8:
		return int64(*(*int8)(p))
	case opInt16:
		return int64(*(*int16)(p))
	case opInt32:
		return int64(*(*int32)(p))
	}
	return *(*int64)(p)
}

// uintAt returns the unsigned integer at p, of the size that o tells.
func uintAt(o op, p unsafe.Pointer) uint64 {
	switch o {
	case opUint8:
		return uint64(*(*uint8)(p))
	case opUint16:
		return uint64(*(*uint16)(p))
	case opUint32:
		return uint64(*(*uint32)(p))
	}
	return *(*uint64)(p)
}

// mapScratch walks a map of a type without an allocation an entry.
type mapScratch struct {
	iter       reflect.MapIter
	key, value reflect.Value // pointers to a key and a value
}

// next moves to the next entry and returns where its key and value lie until the
// next call.
func (s *mapScratch) next() (key, value unsafe.Pointer, ok bool) {
	if !s.iter.Next() {
		return nil, nil, false
	}
	s.key.Elem().SetIterKey(&s.iter)
	s.value.Elem().SetIterValue(&s.iter)
	return s.key.UnsafePointer(), s.value.UnsafePointer(), true
}

// walk starts to walk m, of the type of t.
func (t *plan) walk(m reflect.Value) *mapScratch {
	s := t.maps.Get().(*mapScratch)
	s.iter.Reset(m)
	return s
}

// done ends a walk. After a panic of the caller's code it is not called, and the
// scratch is lost.
func (t *plan) done(s *mapScratch) {
	s.iter.Reset(reflect.Value{})
	s.key.Elem().SetZero()
	s.value.Elem().SetZero()
	t.maps.Put(s)
}

//go:build !nocommon || !nomsgpack

package parser

import (
	"encoding"
	"encoding/json"
	"reflect"
	"sync"
	"time"
	"unsafe"
)

// op says how the values of a type are written.
type op uint8

const (
	opUnsupported op = iota
	opBool
	opInt8
	opInt16
	opInt32
	opInt64
	opUint8
	opUint16
	opUint32
	opUint64
	opFloat32
	opFloat64
	opString
	opNumber // json.Number
	opBytes  // a slice of bytes: a binary
	opRaw    // json.RawMessage
	opTime   // time.Time
	opQuoted // a scalar with the option "string"
	opMarshalJSON
	opMarshalText
	opAny       // interface{}
	opInterface // an interface with methods
	opPointer
	opSlice
	opArray
	opStruct
	opMapAny    // map[string]any
	opMapString // map[string]string
	opMap
)

// plan is a type, prepared for writing its values from memory. It follows
// encoding/json, whose documentation tells the rules; what a value's methods are
// depends on whether it can be addressed, so a type may have two plans.
type plan struct {
	op     op
	direct bool // an interface holds such a value itself, not a pointer to it
	always bool // no field is ever left out
	typ    reflect.Type
	elem   *plan   // of a pointer, slice, array, map or quoted scalar
	size   uintptr // of an element of a slice or array, in bytes
	count  int     // elements of an array
	fields []field
	key    func(unsafe.Pointer) (string, error) // text of a map's key, which is not a string
	maps   *sync.Pool                           // of *mapScratch
}

var (
	marshalerType     = reflect.TypeFor[json.Marshaler]()
	textMarshalerType = reflect.TypeFor[encoding.TextMarshaler]()
	numberType        = reflect.TypeFor[json.Number]()
	rawType           = reflect.TypeFor[json.RawMessage]()
	timeType          = reflect.TypeFor[time.Time]()
	stringType        = reflect.TypeFor[string]()
	anyType           = reflect.TypeFor[any]()
)

type planKey struct {
	typ  reflect.Type
	addr bool // the value can be addressed: it lies behind a pointer or in a slice
}

var (
	boxed    sync.Map // reflect.Type -> *plan, of values held by an interface
	planLock sync.Mutex
	plans    = map[planKey]*plan{} // guarded by planLock, and complete whenever it is free
)

// planOf returns the plan of the type of v, which is not nil.
func planOf(v any) *plan {
	t := reflect.TypeOf(v)
	if p, ok := boxed.Load(t); ok {
		return p.(*plan)
	}
	planLock.Lock()
	defer planLock.Unlock()
	p := makePlan(t, false)
	boxed.Store(t, p)
	return p
}

func makePlan(t reflect.Type, addr bool) *plan {
	k := planKey{t, addr}
	if p, ok := plans[k]; ok {
		return p
	}
	p := &plan{typ: t}
	plans[k] = p // before its parts: a type may contain itself
	p.direct = isDirect(t)
	p.op = methodOp(t, addr)
	if p.op == opUnsupported {
		p.setKind(t, addr)
	}
	return p
}

// methodOp returns how a type with methods of its own is written, or
// opUnsupported.
func methodOp(t reflect.Type, addr bool) op {
	addr = addr && t.Kind() != reflect.Pointer
	has := func(i reflect.Type) bool {
		return t.Implements(i) || addr && reflect.PointerTo(t).Implements(i)
	}
	switch {
	case t == rawType:
		return opRaw
	case t == timeType:
		return opTime
	case has(marshalerType):
		return opMarshalJSON
	case has(textMarshalerType):
		return opMarshalText
	}
	return opUnsupported
}

func (p *plan) setKind(t reflect.Type, addr bool) {
	switch k := t.Kind(); k {
	case reflect.Interface:
		p.op = opInterface
		if t.NumMethod() == 0 {
			p.op = opAny
		}
	case reflect.Pointer:
		p.op, p.elem = opPointer, makePlan(t.Elem(), true)
	case reflect.Slice:
		p.op, p.elem, p.size = opSlice, makePlan(t.Elem(), true), t.Elem().Size()
		if isByte(t.Elem()) {
			p.op = opBytes
		}
	case reflect.Array:
		p.op, p.elem, p.size, p.count = opArray, makePlan(t.Elem(), addr), t.Elem().Size(), t.Len()
	case reflect.Struct:
		p.op = opStruct
		p.fields = makeFields(t, addr)
		p.always = true
		for i := range p.fields {
			p.always = p.always && p.fields[i].always
		}
	case reflect.Map:
		p.setMap(t)
	default:
		p.op = scalarOp(t)
	}
}

// isByte tells whether a slice of t is written as a binary.
func isByte(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return t.Kind() == reflect.Uint8 && !p.Implements(marshalerType) && !p.Implements(textMarshalerType)
}

func scalarOp(t reflect.Type) op {
	sized := map[uintptr]op{1: opInt8, 2: opInt16, 4: opInt32, 8: opInt64}[t.Size()]
	switch t.Kind() {
	case reflect.Bool:
		return opBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return sized
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return sized - opInt8 + opUint8
	case reflect.Float32:
		return opFloat32
	case reflect.Float64:
		return opFloat64
	case reflect.String:
		if t == numberType {
			return opNumber
		}
		return opString
	}
	return opUnsupported
}

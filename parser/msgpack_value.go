//go:build !nomsgpack

package parser

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"time"
	"unsafe"
)

// packValue appends the value at p by its plan.
func (b *Buffer) packValue(dst []byte, t *plan, p unsafe.Pointer) ([]byte, error) {
	switch t.op {
	case opString:
		return b.packString(dst, *(*string)(p)), nil
	case opInt64, opInt32, opInt16, opInt8:
		return packInt(dst, intAt(t.op, p)), nil
	case opUint64, opUint32, opUint16, opUint8:
		return packUint(dst, uintAt(t.op, p)), nil
	case opBool:
		return packBool(dst, *(*bool)(p)), nil
	case opFloat64:
		return packFloat(dst, *(*float64)(p))
	case opFloat32:
		return packFloat32(dst, *(*float32)(p))
	case opStruct:
		return b.packStruct(dst, t, p)
	case opPointer:
		return b.packPointer(dst, t, *(*unsafe.Pointer)(p))
	case opSlice:
		return b.packSlice(dst, t, p)
	case opArray:
		return b.packElements(dst, t, p, t.count)
	case opAny:
		return b.packAny(dst, *(*any)(p))
	case opInterface:
		return b.packAny(dst, reflect.NewAt(t.typ, p).Elem().Interface())
	case opMapAny:
		return b.packMapAny(dst, t, *(*map[string]any)(p))
	case opMapString:
		return b.packMapString(dst, *(*map[string]string)(p)), nil
	case opMap:
		return b.packMap(dst, t, reflect.NewAt(t.typ, p).Elem())
	case opBytes:
		return b.packBytes(dst, *(*[]byte)(p)), nil
	}
	return b.packSpecial(dst, t, p)
}

// packSpecial appends the rarer kinds of values.
func (b *Buffer) packSpecial(dst []byte, t *plan, p unsafe.Pointer) ([]byte, error) {
	switch t.op {
	case opRaw:
		return b.packRaw(dst, *(*json.RawMessage)(p))
	case opNumber:
		s, err := numberText(*(*json.Number)(p))
		if err != nil {
			return dst, err
		}
		return packNumber(dst, s)
	case opTime:
		return b.packTime(dst, (*time.Time)(p))
	case opQuoted:
		var err error
		if b.scratch, err = appendScalar(b.scratch[:0], t.elem, p); err != nil {
			return dst, err
		}
		return append(packStringHead(dst, len(b.scratch)), b.scratch...), nil
	case opMarshalJSON, opMarshalText:
		v, ok := t.boxed(p)
		return b.packMarshaler(dst, t, v, ok)
	}
	return dst, errType(t.typ)
}

func (b *Buffer) packStruct(dst []byte, t *plan, p unsafe.Pointer) ([]byte, error) {
	if !t.always {
		return b.packSparse(dst, t, p)
	}
	dst = packMapHead(dst, len(t.fields))
	for i := range t.fields {
		f := &t.fields[i]
		q := unsafe.Add(p, f.offset)
		dst = append(dst, f.pack...)
		if f.plan.op == opString {
			dst = b.packString(dst, *(*string)(q))
			continue
		}
		var err error
		if dst, err = b.packValue(dst, f.plan, q); err != nil {
			return dst, b.atField(err, f.name)
		}
	}
	return dst, nil
}

// packSparse appends a struct some of whose fields may be left out. The head
// tells how many there are: up to 15 fit in its one byte, which is mended at the
// end; where there may be more, they are counted first.
func (b *Buffer) packSparse(dst []byte, t *plan, p unsafe.Pointer) ([]byte, error) {
	head, counted, n := len(dst), 0, 0
	if len(t.fields) > 15 {
		counted = t.present(p)
	}
	dst = packMapHead(dst, counted)
	for i := range t.fields {
		f := &t.fields[i]
		var q unsafe.Pointer
		if f.always {
			q = unsafe.Add(p, f.offset)
		} else if q = f.at(p); q == nil {
			continue
		}
		n++
		dst = append(dst, f.pack...)
		var err error
		if dst, err = b.packValue(dst, f.plan, q); err != nil {
			return dst, b.atField(err, f.name)
		}
	}
	if len(t.fields) > 15 {
		return dst, checkCount(t, counted, n)
	}
	dst[head] = 0x80 | byte(n)
	return dst, nil
}

// present counts the fields that are not left out.
func (t *plan) present(p unsafe.Pointer) (n int) {
	for i := range t.fields {
		if t.fields[i].at(p) != nil {
			n++
		}
	}
	return n
}

// checkCount keeps a map with a wrong head from being sent: clients would
// disconnect.
func checkCount(t *plan, counted, n int) error {
	if counted == n {
		return nil
	}
	return fmt.Errorf("the %s changed while it was encoded: it had %d members, then %d", t.name(), counted, n)
}

func (b *Buffer) packPointer(dst []byte, t *plan, p unsafe.Pointer) ([]byte, error) {
	if p == nil {
		return append(dst, packNil), nil
	}
	if err := b.enter(t, p, 0); err != nil {
		return dst, err
	}
	dst, err := b.packValue(dst, t.elem, p)
	if err == nil {
		b.leave(t, p, 0)
	}
	return dst, err
}

func (b *Buffer) packSlice(dst []byte, t *plan, p unsafe.Pointer) ([]byte, error) {
	at, n := *(*unsafe.Pointer)(p), lenAt(p)
	if at == nil {
		return append(dst, packNil), nil
	}
	if err := b.enter(t, at, n); err != nil {
		return dst, err
	}
	dst, err := b.packElements(dst, t, at, n)
	if err == nil {
		b.leave(t, at, n)
	}
	return dst, err
}

func (b *Buffer) packElements(dst []byte, t *plan, p unsafe.Pointer, n int) ([]byte, error) {
	dst = packArrayHead(dst, n)
	for i := range n {
		var err error
		if dst, err = b.packValue(dst, t.elem, unsafe.Add(p, uintptr(i)*t.size)); err != nil {
			return dst, b.atIndex(err, i)
		}
	}
	return dst, nil
}

func (b *Buffer) packMap(dst []byte, t *plan, m reflect.Value) ([]byte, error) {
	if m.IsNil() {
		return append(dst, packNil), nil
	}
	at := m.UnsafePointer()
	if err := b.enter(t, at, 0); err != nil {
		return dst, err
	}
	counted, n := m.Len(), 0
	dst = packMapHead(dst, counted)
	s := t.walk(m)
	for k, v, ok := s.next(); ok; k, v, ok = s.next() {
		name, err := t.keyAt(k)
		if err != nil {
			return dst, err
		}
		if dst, err = b.packValue(b.packString(dst, name), t.elem, v); err != nil {
			return dst, b.atKey(err, name)
		}
		n++
	}
	t.done(s)
	b.leave(t, at, 0)
	return dst, checkCount(t, counted, n)
}

// packMarshaler appends v, of the type of t, by its own method; if not ok, nil.
func (b *Buffer) packMarshaler(dst []byte, t *plan, v any, ok bool) ([]byte, error) {
	if !ok {
		return append(dst, packNil), nil
	}
	if t.op == opMarshalText {
		text, err := v.(encoding.TextMarshaler).MarshalText()
		if err != nil {
			return dst, errMarshal(t.typ, "MarshalText", err)
		}
		if !isValid(text) {
			text = appendRepaired(nil, text)
		}
		return append(packStringHead(dst, len(text)), text...), nil
	}
	raw, err := v.(json.Marshaler).MarshalJSON()
	if err == nil {
		dst, err = b.packJSON(dst, raw)
	}
	if err != nil {
		err = errMarshal(t.typ, "MarshalJSON", err)
	}
	return dst, err
}

// packTime appends a time as its MarshalJSON does.
func (b *Buffer) packTime(dst []byte, t *time.Time) ([]byte, error) {
	var err error
	if b.scratch, err = t.AppendText(b.scratch[:0]); err != nil {
		return dst, errTime(t)
	}
	return append(packStringHead(dst, len(b.scratch)), b.scratch...), nil
}

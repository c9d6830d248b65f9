//go:build !nocommon

package parser

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strconv"
	"time"
	"unsafe"
)

// textValue appends the value at p by its plan.
func (b *Buffer) textValue(dst []byte, t *plan, p unsafe.Pointer) ([]byte, error) {
	switch t.op {
	case opString:
		return b.textString(dst, *(*string)(p)), nil
	case opInt64, opInt32, opInt16, opInt8:
		return strconv.AppendInt(dst, intAt(t.op, p), 10), nil
	case opUint64, opUint32, opUint16, opUint8:
		return strconv.AppendUint(dst, uintAt(t.op, p), 10), nil
	case opBool:
		return strconv.AppendBool(dst, *(*bool)(p)), nil
	case opFloat64:
		return appendNumber(dst, *(*float64)(p), 64)
	case opFloat32:
		return appendNumber(dst, float64(*(*float32)(p)), 32)
	case opStruct:
		return b.textStruct(dst, t, p)
	case opPointer:
		return b.textPointer(dst, t, *(*unsafe.Pointer)(p))
	case opSlice:
		return b.textSlice(dst, t, p)
	case opArray:
		return b.textElements(dst, t, p, t.count)
	case opAny:
		return b.textAny(dst, *(*any)(p))
	case opInterface:
		return b.textAny(dst, reflect.NewAt(t.typ, p).Elem().Interface())
	case opMapAny:
		return b.textMapAny(dst, t, *(*map[string]any)(p))
	case opMapString:
		return b.textMapString(dst, *(*map[string]string)(p)), nil
	case opMap:
		return b.textMap(dst, t, reflect.NewAt(t.typ, p).Elem())
	case opBytes:
		return b.textBytes(dst, *(*[]byte)(p)), nil
	}
	return b.textSpecial(dst, t, p)
}

// textSpecial appends the rarer kinds of values.
func (b *Buffer) textSpecial(dst []byte, t *plan, p unsafe.Pointer) ([]byte, error) {
	switch t.op {
	case opRaw:
		return b.textRaw(dst, *(*json.RawMessage)(p))
	case opNumber:
		return appendScalar(dst, t, p)
	case opTime:
		return textTime(dst, (*time.Time)(p))
	case opQuoted:
		var err error
		if b.scratch, err = appendScalar(b.scratch[:0], t.elem, p); err != nil {
			return dst, err
		}
		return appendQuoted(dst, b.scratch), nil
	case opMarshalJSON, opMarshalText:
		v, ok := t.boxed(p)
		return b.textMarshaler(dst, t, v, ok)
	}
	return dst, errType(t.typ)
}

// textStruct appends a struct: each field's text begins with a comma, of which the
// first becomes the brace.
func (b *Buffer) textStruct(dst []byte, t *plan, p unsafe.Pointer) ([]byte, error) {
	open := len(dst)
	for i := range t.fields {
		f := &t.fields[i]
		var q unsafe.Pointer
		if f.always {
			q = unsafe.Add(p, f.offset)
		} else if q = f.at(p); q == nil {
			continue
		}
		dst = append(dst, f.text...)
		if f.plan.op == opString {
			dst = b.textString(dst, *(*string)(q))
			continue
		}
		var err error
		if dst, err = b.textValue(dst, f.plan, q); err != nil {
			return dst, b.atField(err, f.name)
		}
	}
	if len(dst) == open {
		return append(dst, "{}"...), nil
	}
	dst[open] = '{'
	return append(dst, '}'), nil
}

func (b *Buffer) textPointer(dst []byte, t *plan, p unsafe.Pointer) ([]byte, error) {
	if p == nil {
		return append(dst, "null"...), nil
	}
	if err := b.enter(t, p, 0); err != nil {
		return dst, err
	}
	dst, err := b.textValue(dst, t.elem, p)
	if err == nil {
		b.leave(t, p, 0)
	}
	return dst, err
}

func (b *Buffer) textSlice(dst []byte, t *plan, p unsafe.Pointer) ([]byte, error) {
	at, n := *(*unsafe.Pointer)(p), lenAt(p)
	if at == nil {
		return append(dst, "null"...), nil
	}
	if err := b.enter(t, at, n); err != nil {
		return dst, err
	}
	dst, err := b.textElements(dst, t, at, n)
	if err == nil {
		b.leave(t, at, n)
	}
	return dst, err
}

func (b *Buffer) textElements(dst []byte, t *plan, p unsafe.Pointer, n int) ([]byte, error) {
	dst = append(dst, '[')
	for i := range n {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = b.textValue(dst, t.elem, unsafe.Add(p, uintptr(i)*t.size)); err != nil {
			return dst, b.atIndex(err, i)
		}
	}
	return append(dst, ']'), nil
}

func (b *Buffer) textMap(dst []byte, t *plan, m reflect.Value) ([]byte, error) {
	if m.IsNil() {
		return append(dst, "null"...), nil
	}
	at := m.UnsafePointer()
	if err := b.enter(t, at, 0); err != nil {
		return dst, err
	}
	dst = append(dst, '{')
	first := len(dst)
	s := t.walk(m)
	for k, v, ok := s.next(); ok; k, v, ok = s.next() {
		if len(dst) > first {
			dst = append(dst, ',')
		}
		name, err := t.keyAt(k)
		if err != nil {
			return dst, err
		}
		dst = append(b.textString(dst, name), ':')
		if dst, err = b.textValue(dst, t.elem, v); err != nil {
			return dst, b.atKey(err, name)
		}
	}
	t.done(s)
	b.leave(t, at, 0)
	return append(dst, '}'), nil
}

// textMarshaler appends v, of the type of t, by its own method; if not ok, null.
func (b *Buffer) textMarshaler(dst []byte, t *plan, v any, ok bool) ([]byte, error) {
	if !ok {
		return append(dst, "null"...), nil
	}
	if t.op == opMarshalText {
		text, err := v.(encoding.TextMarshaler).MarshalText()
		if err != nil {
			return dst, errMarshal(t.typ, "MarshalText", err)
		}
		if !isValid(text) {
			text = appendRepaired(nil, text)
		}
		return appendQuoted(dst, text), nil
	}
	raw, err := v.(json.Marshaler).MarshalJSON()
	if err == nil {
		dst, err = appendCompact(dst, raw)
	}
	if err != nil {
		err = errMarshal(t.typ, "MarshalJSON", err)
	}
	return dst, err
}

// textTime appends a time as its MarshalJSON does.
func textTime(dst []byte, t *time.Time) ([]byte, error) {
	out, err := t.AppendText(append(dst, '"'))
	if err != nil {
		return dst, errTime(t)
	}
	return append(out, '"'), nil
}

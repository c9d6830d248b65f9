//go:build !nomsgpack

package parser

import (
	"encoding/json"
	"reflect"
	"unsafe"
)

// packAny appends any value, the commonest types first.
func (b *Buffer) packAny(dst []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(dst, packNil), nil
	case string:
		return b.packString(dst, v), nil
	case []byte:
		return b.packBytes(dst, v), nil
	case json.RawMessage:
		return b.packRaw(dst, v)
	case bool:
		return packBool(dst, v), nil
	case int:
		return packInt(dst, int64(v)), nil
	case int32:
		return packInt(dst, int64(v)), nil
	case int64:
		return packInt(dst, v), nil
	case uint32:
		return packUint(dst, uint64(v)), nil
	case uint64:
		return packUint(dst, v), nil
	case float64:
		return packFloat(dst, v)
	case map[string]any:
		return b.packMapAny(dst, nil, v)
	case map[string]string:
		return b.packMapString(dst, v), nil
	case []any:
		return b.packSliceAny(dst, v)
	}
	return b.packBoxed(dst, v)
}

// packBoxed appends a value by the plan of its type.
func (b *Buffer) packBoxed(dst []byte, v any) ([]byte, error) {
	t := b.planFor(v)
	switch t.op {
	case opPointer:
		return b.packPointer(dst, t, dataWord(v))
	case opMarshalJSON, opMarshalText:
		return b.packMarshaler(dst, t, v, !t.isNilPointer(v))
	case opMapAny:
		m := dataWord(v)
		return b.packMapAny(dst, t, *(*map[string]any)(unsafe.Pointer(&m)))
	case opMap:
		return b.packMap(dst, t, reflect.ValueOf(v))
	case opUnsupported:
		return dst, errType(t.typ)
	}
	return b.packValue(dst, t, t.pointerTo(v))
}

// packString appends a string, a long one by reference.
func (b *Buffer) packString(dst []byte, s string) []byte {
	p := bytesOf(s)
	if !isValid(p) {
		p = appendRepaired(nil, p)
	}
	return b.packPart(packStringHead(dst, len(p)), p)
}

// packBytes appends a binary, a long one by reference; a nil one is nil.
func (b *Buffer) packBytes(dst, p []byte) []byte {
	if p == nil {
		return append(dst, packNil)
	}
	return b.packPart(packBytesHead(dst, len(p)), p)
}

func (b *Buffer) packPart(dst, p []byte) []byte {
	if len(p) < spliceMin {
		return append(dst, p...)
	}
	b.splice(dst, p)
	return dst
}

func (b *Buffer) packSliceAny(dst []byte, s []any) ([]byte, error) {
	if s == nil {
		return append(dst, packNil), nil
	}
	at := unsafe.Pointer(unsafe.SliceData(s))
	err := b.enter(nil, at, len(s))
	if err != nil {
		return dst, err
	}
	dst = packArrayHead(dst, len(s))
	for i, v := range s {
		if dst, err = b.packAny(dst, v); err != nil {
			return dst, b.atIndex(err, i)
		}
	}
	b.leave(nil, at, len(s))
	return dst, nil
}

func (b *Buffer) packMapAny(dst []byte, t *plan, m map[string]any) ([]byte, error) {
	if m == nil {
		return append(dst, packNil), nil
	}
	at := *(*unsafe.Pointer)(unsafe.Pointer(&m))
	err := b.enter(t, at, 0)
	if err != nil {
		return dst, err
	}
	counted, n := len(m), 0
	dst = packMapHead(dst, counted)
	for k, v := range m {
		if dst, err = b.packAny(b.packString(dst, k), v); err != nil {
			return dst, b.atKey(err, k)
		}
		n++
	}
	b.leave(t, at, 0)
	return dst, checkCount(t, counted, n)
}

func (b *Buffer) packMapString(dst []byte, m map[string]string) []byte {
	if m == nil {
		return append(dst, packNil)
	}
	dst = packMapHead(dst, len(m))
	for k, v := range m {
		dst = b.packString(b.packString(dst, k), v)
	}
	return dst
}

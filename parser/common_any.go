//go:build !nocommon

package parser

import (
	"encoding/json"
	"reflect"
	"strconv"
	"unsafe"
)

// textAny appends any value, the commonest types first.
func (b *Buffer) textAny(dst []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...), nil
	case string:
		return b.textString(dst, v), nil
	case []byte:
		return b.textBytes(dst, v), nil
	case json.RawMessage:
		return b.textRaw(dst, v)
	case bool:
		return strconv.AppendBool(dst, v), nil
	case int:
		return strconv.AppendInt(dst, int64(v), 10), nil
	case int32:
		return strconv.AppendInt(dst, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(dst, v, 10), nil
	case uint32:
		return strconv.AppendUint(dst, uint64(v), 10), nil
	case uint64:
		return strconv.AppendUint(dst, v, 10), nil
	case float64:
		return appendNumber(dst, v, 64)
	case map[string]any:
		return b.textMapAny(dst, nil, v)
	case map[string]string:
		return b.textMapString(dst, v), nil
	case []any:
		return b.textSliceAny(dst, v)
	}
	return b.textBoxed(dst, v)
}

// textBoxed appends a value by the plan of its type.
func (b *Buffer) textBoxed(dst []byte, v any) ([]byte, error) {
	t := b.planFor(v)
	switch t.op {
	case opPointer:
		return b.textPointer(dst, t, dataWord(v))
	case opMarshalJSON, opMarshalText:
		return b.textMarshaler(dst, t, v, !t.isNilPointer(v))
	case opMapAny:
		m := dataWord(v)
		return b.textMapAny(dst, t, *(*map[string]any)(unsafe.Pointer(&m)))
	case opMap:
		return b.textMap(dst, t, reflect.ValueOf(v))
	case opUnsupported:
		return dst, errType(t.typ)
	}
	return b.textValue(dst, t, t.pointerTo(v))
}

// textString appends a string, a long one that needs no escape by reference.
func (b *Buffer) textString(dst []byte, s string) []byte {
	p := bytesOf(s)
	if len(p) >= longMin {
		return b.textLong(dst, p)
	}
	n := plainLen(p)
	if n == len(p) {
		return append(append(append(dst, '"'), p...), '"')
	}
	if !isValid(p[n:]) {
		p = appendRepaired(nil, p)
	}
	return appendQuoted(dst, p)
}

func (b *Buffer) textLong(dst, s []byte) []byte {
	if !isPlainLong(s) {
		if !isValid(s) {
			s = appendRepaired(nil, s)
		}
		if !isCleanLong(s) {
			return appendQuoted(dst, s)
		}
	}
	dst = append(dst, '"')
	if len(s) >= spliceMin {
		b.splice(dst, s)
	} else {
		dst = append(dst, s...)
	}
	return append(dst, '"')
}

// textBytes appends the placeholder of a binary (socket.io-parser, binary.ts);
// a nil one is null.
func (b *Buffer) textBytes(dst, p []byte) []byte {
	if p == nil {
		return append(dst, "null"...)
	}
	dst = append(dst, `{"_placeholder":true,"num":`...)
	dst = strconv.AppendInt(dst, int64(len(b.attachments)), 10)
	b.attachments = append(b.attachments, p)
	return append(dst, '}')
}

func (b *Buffer) textSliceAny(dst []byte, s []any) ([]byte, error) {
	if s == nil {
		return append(dst, "null"...), nil
	}
	at := unsafe.Pointer(unsafe.SliceData(s))
	err := b.enter(nil, at, len(s))
	if err != nil {
		return dst, err
	}
	dst = append(dst, '[')
	for i, v := range s {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = b.textAny(dst, v); err != nil {
			return dst, b.atIndex(err, i)
		}
	}
	b.leave(nil, at, len(s))
	return append(dst, ']'), nil
}

func (b *Buffer) textMapAny(dst []byte, t *plan, m map[string]any) ([]byte, error) {
	if m == nil {
		return append(dst, "null"...), nil
	}
	at := *(*unsafe.Pointer)(unsafe.Pointer(&m))
	err := b.enter(t, at, 0)
	if err != nil {
		return dst, err
	}
	dst = append(dst, '{')
	first := len(dst)
	for k, v := range m {
		if len(dst) > first {
			dst = append(dst, ',')
		}
		dst = append(b.textString(dst, k), ':')
		if dst, err = b.textAny(dst, v); err != nil {
			return dst, b.atKey(err, k)
		}
	}
	b.leave(t, at, 0)
	return append(dst, '}'), nil
}

func (b *Buffer) textMapString(dst []byte, m map[string]string) []byte {
	if m == nil {
		return append(dst, "null"...)
	}
	dst = append(dst, '{')
	first := len(dst)
	for k, v := range m {
		if len(dst) > first {
			dst = append(dst, ',')
		}
		dst = b.textString(append(b.textString(dst, k), ':'), v)
	}
	return append(dst, '}')
}

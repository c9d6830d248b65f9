//go:build !nocommon || !nomsgpack

package parser

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"unsafe"
)

const hexDigits = "0123456789abcdef"

// appendQuoted appends s as a JSON string, without the escapes that only HTML
// needs.
func appendQuoted(dst, s []byte) []byte {
	dst = append(dst, '"')
	for len(s) > 0 {
		n := cleanLen(s)
		dst = append(dst, s[:n]...)
		if s = s[n:]; len(s) > 0 {
			dst, s = appendEscape(dst, s[0]), s[1:]
		}
	}
	return append(dst, '"')
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

// appendFloat appends f, which is finite and has so many bits, as JavaScript
// writes numbers.
func appendFloat(dst []byte, f float64, bits int) []byte {
	if i, ok := isWhole(f); ok && (bits == 64 || i > -1<<24 && i < 1<<24) {
		return strconv.AppendInt(dst, i, 10)
	}
	abs := math.Abs(f)
	if abs == 0 || bits == 64 && abs >= 1e-6 && abs < 1e21 || bits == 32 && float32(abs) >= 1e-6 && float32(abs) < 1e21 {
		return strconv.AppendFloat(dst, f, 'f', -1, bits)
	}
	dst = strconv.AppendFloat(dst, f, 'e', -1, bits)
	if n := len(dst); n >= 4 && dst[n-4] == 'e' && dst[n-3] == '-' && dst[n-2] == '0' { // e-09 to e-9
		dst[n-2] = dst[n-1]
		dst = dst[:n-1]
	}
	return dst
}

// appendScalar appends the text that stands in the quotes of a scalar with the
// option "string".
func appendScalar(dst []byte, t *plan, p unsafe.Pointer) ([]byte, error) {
	switch t.op {
	case opBool:
		return strconv.AppendBool(dst, *(*bool)(p)), nil
	case opInt8, opInt16, opInt32, opInt64:
		return strconv.AppendInt(dst, intAt(t.op, p), 10), nil
	case opUint8, opUint16, opUint32, opUint64:
		return strconv.AppendUint(dst, uintAt(t.op, p), 10), nil
	case opFloat32:
		f := float64(*(*float32)(p))
		return appendFloatText(dst, f, 32)
	case opFloat64:
		return appendFloatText(dst, *(*float64)(p), 64)
	case opNumber:
		s, err := numberText(*(*json.Number)(p))
		return append(dst, s...), err
	}
	return appendInner(dst, *(*string)(p))
}

func appendFloatText(dst []byte, f float64, bits int) ([]byte, error) {
	if err := checkFloat(f); err != nil {
		return dst, err
	}
	return appendFloat(dst, f, bits), nil
}

// appendNumber appends f as a number, not as a text that the client sees: a large
// one in the form with an exponent where that is shorter (1e+16), as no message
// should be much longer than the Rust emitter's.
func appendNumber(dst []byte, f float64, bits int) ([]byte, error) {
	from := len(dst)
	dst, err := appendFloatText(dst, f, bits)
	if abs := math.Abs(f); err != nil || abs < 1e16 || abs >= 1e21 {
		return dst, err
	}
	if short := strconv.AppendFloat(dst, f, 'e', -1, bits); len(short)-len(dst) < len(dst)-from {
		return append(dst[:from], short[len(dst):]...), nil
	}
	return dst, nil
}

// appendInner appends s as the JSON string that the option "string" puts into a
// string: here the client sees each escape, so they are encoding/json's own.
func appendInner(dst []byte, s string) ([]byte, error) {
	if p := bytesOf(s); plainLen(p) == len(p) {
		return appendQuoted(dst, p), nil
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err := e.Encode(s)
	return append(dst, bytes.TrimSuffix(out.Bytes(), []byte("\n"))...), err
}

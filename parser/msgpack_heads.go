//go:build !nomsgpack

package parser

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
)

// packNil is nil in msgpack.
const packNil = 0xc0

// packBytesHead appends the head of a msgpack bin of n bytes.
func packBytesHead(dst []byte, n int) []byte {
	switch {
	case n < 1<<8:
		return append(dst, 0xc4, byte(n))
	case n < 1<<16:
		return append(dst, 0xc5, byte(n>>8), byte(n))
	}
	return append(dst, 0xc6, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}

// packArrayHead appends the head of an array of n elements.
func packArrayHead(dst []byte, n int) []byte { return packHead(dst, 0x90, 0xdc, n) }

// packMapHead appends the head of a map of n pairs.
func packMapHead(dst []byte, n int) []byte { return packHead(dst, 0x80, 0xde, n) }

func packHead(dst []byte, small, large byte, n int) []byte {
	switch {
	case n < 16:
		return append(dst, small|byte(n))
	case n < 1<<16:
		return append(dst, large, byte(n>>8), byte(n))
	}
	return append(dst, large+1, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}

func packBool(dst []byte, v bool) []byte {
	if v {
		return append(dst, 0xc3)
	}
	return append(dst, 0xc2)
}

// packUint appends v in its smallest form.
func packUint(dst []byte, v uint64) []byte {
	switch {
	case v < 1<<7:
		return append(dst, byte(v))
	case v < 1<<8:
		return append(dst, 0xcc, byte(v))
	case v < 1<<16:
		return append(dst, 0xcd, byte(v>>8), byte(v))
	case v < 1<<32:
		return binary.BigEndian.AppendUint32(append(dst, 0xce), uint32(v))
	}
	return binary.BigEndian.AppendUint64(append(dst, 0xcf), v)
}

// packInt appends v in its smallest form.
func packInt(dst []byte, v int64) []byte {
	switch {
	case v >= 0:
		return packUint(dst, uint64(v))
	case v >= -1<<5:
		return append(dst, byte(v))
	case v >= -1<<7:
		return append(dst, 0xd0, byte(v))
	case v >= -1<<15:
		return append(dst, 0xd1, byte(v>>8), byte(v))
	case v >= -1<<31:
		return binary.BigEndian.AppendUint32(append(dst, 0xd2), uint32(v))
	}
	return binary.BigEndian.AppendUint64(append(dst, 0xd3), uint64(v))
}

// packFloat appends f, as an integer where JavaScript sees no difference.
func packFloat(dst []byte, f float64) ([]byte, error) {
	if i, ok := isWhole(f); ok {
		return packInt(dst, i), nil
	}
	return binary.BigEndian.AppendUint64(append(dst, 0xcb), math.Float64bits(f)), checkFloat(f)
}

// packFloat32 appends the float64 whose text is that of f in JSON: 0.1 stays 0.1.
func packFloat32(dst []byte, f float32) ([]byte, error) {
	if i, ok := isWhole(float64(f)); ok && i > -1<<24 && i < 1<<24 {
		return packInt(dst, i), nil
	}
	if err := checkFloat(float64(f)); err != nil {
		return dst, err
	}
	var text [32]byte
	wide, err := strconv.ParseFloat(string(strconv.AppendFloat(text[:0], float64(f), 'g', -1, 32)), 64)
	if err != nil {
		return dst, err
	}
	return packFloat(dst, wide)
}

// packNumber appends a number of JSON that lexNumber took: in 64 bits if it is
// written as an integer and fits, otherwise as the nearest float64.
func packNumber(dst, s []byte) ([]byte, error) {
	negative := s[0] == '-'
	digits := s
	if negative {
		digits = s[1:]
	}
	if v, ok := decimal(digits); ok {
		switch {
		case !negative:
			return packUint(dst, v), nil
		case v > 0 && v <= 1<<63:
			return packInt(dst, -int64(v)), nil
		}
	}
	f, err := strconv.ParseFloat(textOf(s), 64)
	if err != nil {
		return dst, errRange(string(s))
	}
	return packFloat(dst, f)
}

// decimal reads digits that are nothing else and fit into 64 bits.
func decimal(s []byte) (v uint64, ok bool) {
	if len(s) > 20 {
		return 0, false
	}
	for _, c := range s {
		c -= '0'
		high, low := bits.Mul64(v, 10)
		if c > 9 || high > 0 || low+uint64(c) < low {
			return 0, false
		}
		v = low + uint64(c)
	}
	return v, true
}

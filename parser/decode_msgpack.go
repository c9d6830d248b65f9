//go:build !nomsgpack

package parser

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/sioxide/emitter/protocol"
)

func init() { readers[protocol.Binary] = readMsgpack }

var (
	errShort    = errors.New("the answer is cut off")
	errTrailing = errors.New("the answer has bytes behind its end")
)

// readMsgpack turns msgpack into a document. What JSON has no form for becomes
// what JavaScript's JSON.stringify makes of it, so that an answer is the same with
// either parser: undefined is null, or absent from an object, and a date is text.
// The forms of those are notepack.io's (lib/encode.js), which socket.io-msgpack-parser uses.
func readMsgpack(data []byte, _ [][]byte) (*document, error) {
	u := unpacker{src: data}
	if err := u.value(0); err != nil {
		return nil, err
	}
	if len(u.src) > 0 {
		return nil, errTrailing
	}
	return &u.out, nil
}

// unpacker writes a document from the start of src.
type unpacker struct {
	src []byte
	out document
}

// take cuts the first n bytes off.
func (u *unpacker) take(n int) ([]byte, error) {
	if n > len(u.src) {
		return nil, errShort
	}
	b := u.src[:n]
	u.src = u.src[n:]
	return b, nil
}

// uint cuts a big-endian number of n bytes off.
func (u *unpacker) uint(n int) (v uint64, err error) {
	b, err := u.take(n)
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	return v, err
}

func (u *unpacker) text(s string) error {
	u.out.text = append(u.out.text, s...)
	return nil
}

func (u *unpacker) value(depth int) error {
	head, err := u.take(1)
	if err != nil {
		return err
	}
	switch c := head[0]; {
	case c < 0x80:
		return u.int(int64(c))
	case c < 0x90:
		return u.object(int(c&15), depth)
	case c < 0xa0:
		return u.array(int(c&15), depth)
	case c < 0xc0:
		return u.string(int(c & 31))
	case c >= 0xe0:
		return u.int(int64(int8(c)))
	case c == 0xc0:
		return u.text("null")
	case c == 0xc2:
		return u.text("false")
	case c == 0xc3:
		return u.text("true")
	case c >= 0xca && c <= 0xd3:
		return u.number(c)
	default:
		return u.sized(c, depth)
	}
}

// number appends one of the forms 0xca (float 32) to 0xd3 (int 64).
func (u *unpacker) number(c byte) error {
	if c >= 0xcc {
		size := 1 << ((c - 0xcc) & 3)
		v, err := u.uint(size)
		if err == nil && c >= 0xd0 {
			return u.int(int64(v) << (64 - 8*size) >> (64 - 8*size))
		}
		u.out.text = strconv.AppendUint(u.out.text, v, 10)
		return err
	}
	bits := 32 << (c - 0xca)
	v, err := u.uint(bits / 8)
	if err != nil {
		return err
	}
	f := math.Float64frombits(v)
	if bits == 32 {
		f = float64(math.Float32frombits(uint32(v)))
	}
	if checkFloat(f) != nil {
		return u.text("null")
	}
	u.out.text = appendFloat(u.out.text, f, 64)
	return nil
}

func (u *unpacker) int(v int64) error {
	u.out.text = strconv.AppendInt(u.out.text, v, 10)
	return nil
}

// sized appends one of the forms that begin with a length.
func (u *unpacker) sized(c byte, depth int) error {
	size, ok := lengthSizes[c]
	if !ok {
		return fmt.Errorf("the answer has the byte %#x where a value begins", c)
	}
	length, err := u.uint(size)
	if err != nil || length > uint64(len(u.src)) {
		return errShort
	}
	n := int(length)
	switch {
	case c <= 0xc6:
		b, err := u.take(n)
		u.out.appendBinary(b)
		return err
	case c <= 0xc9:
		return u.extension(n, false)
	case c <= 0xd8:
		return u.extension(1<<(c-0xd4), true)
	case c <= 0xdb:
		return u.string(n)
	case c <= 0xdd:
		return u.array(n, depth)
	}
	return u.object(n, depth)
}

// lengthSizes are the sizes of the length behind a head; a fixext has none.
var lengthSizes = map[byte]int{
	0xc4: 1, 0xc5: 2, 0xc6: 4, // bin
	0xc7: 1, 0xc8: 2, 0xc9: 4, // ext
	0xd4: 0, 0xd5: 0, 0xd6: 0, 0xd7: 0, 0xd8: 0, // fixext of 1, 2, 4, 8, 16 bytes
	0xd9: 1, 0xda: 2, 0xdb: 4, // str
	0xdc: 2, 0xdd: 4, // array
	0xde: 2, 0xdf: 4, // map
}

// string appends a string; what is not UTF-8 becomes U+FFFD.
func (u *unpacker) string(n int) error {
	b, err := u.take(n)
	if !isValid(b) {
		b = appendRepaired(nil, b)
	}
	u.out.text = appendQuoted(u.out.text, b)
	return err
}

func (u *unpacker) array(n, depth int) error {
	if depth++; depth > maxDepth {
		return errDepth
	}
	_ = u.text("[")
	for i := range n {
		if i > 0 {
			_ = u.text(",")
		}
		if err := u.value(depth); err != nil {
			return err
		}
	}
	return u.text("]")
}

func (u *unpacker) object(n, depth int) error {
	if depth++; depth > maxDepth {
		return errDepth
	}
	_ = u.text("{")
	first := len(u.out.text)
	for range n {
		before := len(u.out.text)
		if before > first {
			_ = u.text(",")
		}
		if err := u.name(); err != nil {
			return err
		}
		if len(u.src) >= 3 && u.src[0] == 0xd4 && u.src[1] == 0 { // undefined
			u.src, u.out.text = u.src[3:], u.out.text[:before]
			continue
		}
		if err := u.value(depth); err != nil {
			return err
		}
	}
	return u.text("}")
}

// name appends the name of an object's member; a number stands as its text.
func (u *unpacker) name() error {
	from := len(u.out.text)
	if err := u.value(maxDepth); err != nil {
		return err
	}
	switch c := u.out.text[from]; {
	case c == '"' && len(u.out.binaries) > 0 && u.out.binaries[len(u.out.binaries)-1].from == from:
		return errors.New("the answer has a binary as the name of a member")
	case c == '-' || '0' <= c && c <= '9':
		quoted := appendQuoted(nil, u.out.text[from:])
		u.out.text = append(u.out.text[:from], quoted...)
	case c != '"':
		return fmt.Errorf("the answer has %s as the name of a member", clip(string(u.out.text[from:])))
	}
	return u.text(":")
}

// extension appends an extension of n bytes: type 0 is an ArrayBuffer, and as a
// fixext of 1 byte undefined, of 8 bytes a date in milliseconds.
func (u *unpacker) extension(n int, fixed bool) error {
	kind, err := u.uint(1)
	if err != nil {
		return err
	}
	b, err := u.take(n)
	switch {
	case err != nil:
		return err
	case kind == 0 && !fixed:
		u.out.appendBinary(b)
		return nil
	case kind == 0 && n == 1:
		return u.text("null")
	case kind == 0 && n == 8:
		return u.date(int64(binary.BigEndian.Uint64(b)))
	}
	return fmt.Errorf("the answer has an extension of type %d and %d bytes, which Socket.IO does not use", int8(kind), n)
}

// date appends a date as JavaScript's toJSON writes it.
func (u *unpacker) date(milliseconds int64) error {
	const most = 8.64e15 // of a Date of JavaScript
	if milliseconds > most || milliseconds < -most {
		return u.text("null")
	}
	t := time.UnixMilli(milliseconds).UTC()
	if y := t.Year(); y < 0 || y > 9999 {
		return u.text(fmt.Sprintf(`"%+07d-%s"`, y, t.Format("01-02T15:04:05.000Z")))
	}
	return u.text(t.Format(`"2006-01-02T15:04:05.000Z"`))
}

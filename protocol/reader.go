package protocol

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

// MaxMessage is the largest message that is decoded, in bytes.
const MaxMessage = 64 << 20

// maxDepth is how deep the arrays and maps of a message may be nested.
const maxDepth = 128

// ErrMalformed is wrapped by the errors of the Decode functions.
var ErrMalformed = errors.New("malformed message")

// reader reads msgpack from outside. It checks every length against what is left
// before anything is allocated. After the first error it reads only zero values,
// so that callers check err once, at the end.
type reader struct {
	b   []byte
	pos int
	err error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: byte %d: %s", ErrMalformed, r.pos, fmt.Sprintf(format, args...))
	}
}

func (r *reader) left() int { return len(r.b) - r.pos }

// byte reads one byte.
func (r *reader) byte() byte {
	if r.err != nil || r.left() < 1 {
		r.fail("it ends too early")
		return 0
	}
	c := r.b[r.pos]
	r.pos++
	return c
}

// peek returns the next byte without reading it; 0xc1, which msgpack never uses,
// stands for the end.
func (r *reader) peek() byte {
	if r.err != nil || r.left() < 1 {
		return 0xc1
	}
	return r.b[r.pos]
}

// take reads n bytes, which share r's memory.
func (r *reader) take(n uint64) []byte {
	if r.err != nil || n > uint64(r.left()) {
		r.fail("%d bytes are announced, %d are left", n, r.left())
		return nil
	}
	b := r.b[r.pos : r.pos+int(n) : r.pos+int(n)]
	r.pos += int(n)
	return b
}

// big reads a big-endian number of size bytes: 1, 2, 4 or 8.
func (r *reader) big(size int) uint64 {
	b := r.take(uint64(size))
	if b == nil {
		return 0
	}
	switch size {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(binary.BigEndian.Uint16(b))
	case 4:
		return uint64(binary.BigEndian.Uint32(b))
	}
	return binary.BigEndian.Uint64(b)
}

// nil reads a nil if one comes next.
func (r *reader) nil() bool {
	if r.peek() != mpNil {
		return false
	}
	r.pos++
	return true
}

// uint reads a number that is not negative, in any of msgpack's forms.
func (r *reader) uint(what string, most uint64) uint64 {
	at := r.pos
	var n uint64
	switch c := r.byte(); {
	case c < 1<<7:
		n = uint64(c)
	case c >= mpUint8 && c < mpInt8:
		n = r.big(1 << (c - mpUint8))
	case c >= mpInt8 && c < mpFixExt1:
		size := 1 << (c - mpInt8)
		n = r.big(size)
		if n>>(8*size-1) != 0 { // negative
			n = math.MaxUint64
		}
	default:
		r.pos = at
		r.fail("%s is no number (0x%02x)", what, c)
		return 0
	}
	if r.err == nil && n > most {
		r.pos = at
		r.fail("%s is out of its range of 0 to %d", what, most)
		return 0
	}
	return n
}

// array reads the header of an array. Each element takes at least a byte, so more
// elements than bytes left are refused.
func (r *reader) array(what string) int {
	at := r.pos
	var n uint64
	switch c := r.byte(); {
	case c&0xf0 == mpFixArray:
		n = uint64(c & 0x0f)
	case c == mpArray16 || c == mpArray32:
		n = r.big(2 << (c - mpArray16))
	default:
		r.pos = at
		r.fail("%s is no array (0x%02x)", what, c)
		return 0
	}
	return r.count(what, n, 1)
}

// mapHeader reads the header of a map and returns the number of its pairs.
func (r *reader) mapHeader(what string) int {
	at := r.pos
	var n uint64
	switch c := r.byte(); {
	case c&0xf0 == mpFixMap:
		n = uint64(c & 0x0f)
	case c == mpMap16 || c == mpMap32:
		n = r.big(2 << (c - mpMap16))
	default:
		r.pos = at
		r.fail("%s is no map (0x%02x)", what, c)
		return 0
	}
	return r.count(what, n, 2)
}

func (r *reader) count(what string, n uint64, each int) int {
	if r.err == nil && n > uint64(r.left()/each) {
		r.fail("%s announces %d elements, %d bytes are left", what, n, r.left())
	}
	if r.err != nil {
		return 0
	}
	return int(n)
}

// tuple reads the header of an array of exactly n elements.
func (r *reader) tuple(what string, n int) {
	if got := r.array(what); r.err == nil && got != n {
		r.fail("%s has %d elements, want %d", what, got, n)
	}
}

func isMap(c byte) bool { return c&0xf0 == mpFixMap || c == mpMap16 || c == mpMap32 }

func isArray(c byte) bool { return c&0xf0 == mpFixArray || c == mpArray16 || c == mpArray32 }

// rawString reads a str; the bytes share r's memory.
func (r *reader) rawString(what string) []byte {
	at := r.pos
	switch c := r.byte(); {
	case c&0xe0 == mpFixStr:
		return r.take(uint64(c & 0x1f))
	case c >= mpStr8 && c < mpArray16:
		return r.take(r.big(1 << (c - mpStr8)))
	default:
		r.pos = at
		r.fail("%s is no string (0x%02x)", what, c)
		return nil
	}
}

func (r *reader) string(what string) string { return string(r.rawString(what)) }

// strings reads a list of strings.
func (r *reader) strings(what string) []string {
	n := r.array(what)
	if n == 0 {
		return nil
	}
	list := make([]string, 0, n)
	for range n {
		list = append(list, r.string(what))
		if r.err != nil {
			return nil
		}
	}
	return list
}

// bytes reads bin, or the array of integers that the Rust emitter writes in its
// place. A bin shares r's memory.
func (r *reader) bytes(what string) []byte {
	c := r.peek()
	switch {
	case c >= mpBin8 && c < mpExt8:
		r.pos++
		return r.take(r.big(1 << (c - mpBin8)))
	case isArray(c):
		n := r.array(what)
		b := make([]byte, 0, n)
		for range n {
			b = append(b, byte(r.uint(what, 255)))
			if r.err != nil {
				return nil
			}
		}
		return b
	}
	r.fail("%s is neither bin nor an array (0x%02x)", what, c)
	return nil
}

// id reads an id.
func (r *reader) id(what string) ID {
	at := r.pos
	s := r.rawString(what)
	if r.err != nil {
		return ID{}
	}
	if len(s) != IDLen || !validID(string(s)) {
		r.pos = at
		r.fail("%s is no id", what)
		return ID{}
	}
	return ID(s)
}

// optionalID reads an id or nil.
func (r *reader) optionalID(what string) ID {
	if r.nil() {
		return ID{}
	}
	return r.id(what)
}

// object reads a struct: an array of its fields in order, of which those from the
// number required on may be absent, or a map by their names. Other names are
// handed to field too; one that stands twice is refused.
func (r *reader) object(what string, names []string, required int, field func(name string)) {
	if !isMap(r.peek()) {
		n := r.array(what)
		if r.err == nil && (n < required || n > len(names)) {
			r.fail("%s has %d elements, want %d", what, n, required)
		}
		for i := 0; i < n && r.err == nil; i++ {
			field(names[i])
		}
		return
	}
	n := r.mapHeader(what)
	var seen uint
	for i := 0; i < n && r.err == nil; i++ {
		name := r.string("name of a field")
		if j := slices.Index(names, name); j >= 0 {
			if seen&(1<<j) != 0 {
				r.fail("%s has %s twice", what, name)
			}
			seen |= 1 << j
		}
		field(name)
	}
}

// skip reads a value of any form and forgets it.
func (r *reader) skip(depth int) {
	if depth > maxDepth {
		r.fail("it is nested deeper than %d", maxDepth)
		return
	}
	c := r.peek()
	switch {
	case r.err != nil:
	case isArray(c):
		r.skipAll(r.array("array"), depth)
	case isMap(c):
		r.skipAll(2*r.mapHeader("map"), depth)
	case c&0xe0 == mpFixStr || c >= mpStr8 && c < mpArray16:
		r.rawString("string")
	case c >= mpBin8 && c < mpExt8:
		r.bytes("bin")
	case c >= mpExt8 && c < mpFloat32: // ext: length, type, bytes
		r.pos++
		r.take(r.big(1<<(c-mpExt8)) + 1)
	case c >= mpFixExt1 && c <= mpFixExt16:
		r.pos++
		r.take(1<<(c-mpFixExt1) + 1)
	default:
		r.skipScalar()
	}
}

func (r *reader) skipAll(n, depth int) {
	for range n {
		r.skip(depth + 1)
		if r.err != nil {
			return
		}
	}
}

func (r *reader) skipScalar() {
	switch c := r.byte(); {
	case c < 1<<7, c >= 0xe0, c == mpNil, c == mpFalse, c == mpTrue:
	case c >= mpFloat32 && c < mpUint8:
		r.take(4 << (c - mpFloat32))
	case c >= mpUint8 && c < mpInt8:
		r.take(1 << (c - mpUint8))
	case c >= mpInt8 && c < mpFixExt1:
		r.take(1 << (c - mpInt8))
	default:
		r.fail("0x%02x starts no value", c)
	}
}

// end reports what went wrong, a message that goes on included.
func (r *reader) end() error {
	if r.err == nil && r.left() > 0 {
		r.fail("%d bytes follow the message", r.left())
	}
	return r.err
}

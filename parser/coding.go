//go:build !nocommon || !nomsgpack

package parser

import (
	"unsafe"

	"github.com/sioxide/emitter/protocol"
)

// spliceMin is the length in bytes from which a part of a value is referred to
// instead of copied. Below it the copy costs less than the splice does.
const spliceMin = 512

// cycleDepth is the depth of pointers, maps and slices from which an encoding
// looks out for a value that contains itself (encoding/json has the same limit).
const cycleDepth = 1000

// coding is the state of one encoding beside its output.
type coding struct {
	scratch []byte
	path    []step // of an error, from the inside out
	depth   int
	seen    map[visit]struct{}
	fixes   []fix
	recent  [16]struct {
		typ  unsafe.Pointer
		plan *plan
	}
}

// visit is a pointer, map or slice that is being written.
type visit struct {
	plan *plan
	ptr  unsafe.Pointer
	len  int
}

// fix is an array or a map of more than 15 elements, whose head needs more than
// the one byte that was left for it.
type fix struct {
	at, count int
	small     byte // the head of an empty one
}

func (c *coding) begin() {
	clear(c.path)
	c.path = c.path[:0]
	c.depth = 0
	if len(c.seen) > 0 {
		c.seen = nil
	}
}

func (c *coding) shrink() {
	if cap(c.scratch) > keepBytes {
		c.scratch = nil
	}
	if cap(c.fixes) > keepBytes/16 {
		c.fixes = nil
	}
	if cap(c.path) > keepBytes/32 {
		c.path = nil
	}
}

// enter counts a pointer, map or slice on the way down; its error tells of a
// cycle.
func (c *coding) enter(t *plan, ptr unsafe.Pointer, n int) error {
	if c.depth++; c.depth > cycleDepth {
		return c.watch(visit{t, ptr, n})
	}
	return nil
}

func (c *coding) leave(t *plan, ptr unsafe.Pointer, n int) {
	if c.depth > cycleDepth {
		delete(c.seen, visit{t, ptr, n})
	}
	c.depth--
}

func (c *coding) watch(v visit) error {
	if _, ok := c.seen[v]; ok {
		return errCycle(v.plan)
	}
	if c.seen == nil {
		c.seen = make(map[visit]struct{})
	}
	c.seen[v] = struct{}{}
	return nil
}

// planFor returns the plan of the type of v, which is not nil.
func (c *coding) planFor(v any) *plan {
	typ := typeWord(v)
	r := &c.recent[uintptr(typ)>>6&15^uintptr(typ)>>10&15]
	if r.typ != typ {
		r.typ, r.plan = typ, planOf(v)
	}
	return r.plan
}

// splice puts bytes by reference at the end of dst, which holds all that was
// written so far.
func (b *Buffer) splice(dst []byte, bytes []byte) {
	b.splices = append(b.splices, protocol.Splice{At: len(dst), Bytes: bytes})
}

// bytesOf returns the bytes of s, which must not be changed.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// textOf returns b as a string without a copy; b must not change while it is used.
func textOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// failed drops a broken encoding and says which argument broke it.
func (b *Buffer) failed(dst []byte, index int, err error) error {
	err = b.argumentError(index, err)
	b.data = dst
	b.begin()
	return err
}

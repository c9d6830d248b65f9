//go:build !nomsgpack

package parser

import (
	"encoding/binary"
	"encoding/json"
	"slices"
)

// packRaw turns JSON text into msgpack; a nil one is nil.
func (b *Buffer) packRaw(dst []byte, raw json.RawMessage) ([]byte, error) {
	if raw == nil {
		return append(dst, packNil), nil
	}
	return b.packJSON(dst, raw)
}

// packJSON checks JSON text and appends it as msgpack, in one pass.
func (b *Buffer) packJSON(dst, src []byte) ([]byte, error) {
	t := translator{src: src, dst: dst, fixes: b.fixes[:0], scratch: b.scratch}
	i, err := t.value(skipSpace(src, 0), 0)
	if err == nil {
		if i = skipSpace(src, i); i < len(src) {
			err = errSyntax(src, i, "the end")
		}
	}
	b.fixes, b.scratch = t.fixes, t.scratch
	if err != nil || len(t.fixes) == 0 {
		return t.dst, err
	}
	return widen(t.dst, t.fixes), nil
}

func (f fix) extra() int {
	if f.count < 1<<16 {
		return 2
	}
	return 4
}

// widen makes room for the heads that need it, from the end to the start, so that
// each byte moves once.
func widen(dst []byte, fixes []fix) []byte {
	slices.SortFunc(fixes, func(a, b fix) int { return a.at - b.at })
	end, more := len(dst), 0
	for _, f := range fixes {
		more += f.extra()
	}
	dst = slices.Grow(dst, more)[:end+more]
	for _, f := range slices.Backward(fixes) {
		copy(dst[f.at+1+more:], dst[f.at+1:end])
		end = f.at
		more -= f.extra()
		large := byte(0xdc)
		if f.small == 0x80 {
			large = 0xde
		}
		if head := dst[f.at+more:]; f.extra() == 2 {
			head[0] = large
			binary.BigEndian.PutUint16(head[1:], uint16(f.count))
		} else {
			head[0] = large + 1
			binary.BigEndian.PutUint32(head[1:], uint32(f.count))
		}
	}
	return dst
}

// translator turns JSON text into msgpack.
type translator struct {
	src, dst []byte
	fixes    []fix
	scratch  []byte
}

func (t *translator) value(i, depth int) (int, error) {
	if i >= len(t.src) {
		return i, errSyntax(t.src, i, "a value")
	}
	switch c := t.src[i]; {
	case c == '"':
		return t.string(i)
	case c == '{' || c == '[':
		if depth++; depth > maxNesting {
			return i, errNesting(i)
		}
		if c == '{' {
			return t.object(i+1, depth)
		}
		return t.array(i+1, depth)
	case c == '-' || '0' <= c && c <= '9':
		end, err := lexNumber(t.src, i)
		if err == nil {
			t.dst, err = packNumber(t.dst, t.src[i:end])
		}
		return end, err
	}
	word, err := lexWord(t.src, i)
	switch word {
	case "null":
		t.dst = append(t.dst, packNil)
	case "true", "false":
		t.dst = packBool(t.dst, word == "true")
	}
	return i + len(word), err
}

func (t *translator) string(i int) (int, error) {
	end, kind, err := lexString(t.src, i)
	if err != nil {
		return end, err
	}
	s := t.src[i+1 : end-1]
	if kind != 0 {
		t.scratch = unescape(t.scratch[:0], s)
		s = t.scratch
	}
	t.dst = append(packStringHead(t.dst, len(s)), s...)
	return end, nil
}

// head sets the head at, of one byte that is that of an empty array or map, to
// count elements.
func (t *translator) head(at, count int) {
	if count < 16 {
		t.dst[at] |= byte(count)
		return
	}
	t.fixes = append(t.fixes, fix{at, count, t.dst[at]})
}

func (t *translator) array(i, depth int) (int, error) {
	at, n := len(t.dst), 0
	t.dst = append(t.dst, 0x90)
	if i = skipSpace(t.src, i); i < len(t.src) && t.src[i] == ']' {
		return i + 1, nil
	}
	for more := true; more; n++ {
		var err error
		if i, err = t.value(skipSpace(t.src, i), depth); err != nil {
			return i, err
		}
		i = skipSpace(t.src, i)
		if more, err = lexNext(t.src, i, ']'); err != nil {
			return i, err
		}
		i++
	}
	t.head(at, n)
	return i, nil
}

func (t *translator) object(i, depth int) (int, error) {
	at, n := len(t.dst), 0
	t.dst = append(t.dst, 0x80)
	if i = skipSpace(t.src, i); i < len(t.src) && t.src[i] == '}' {
		return i + 1, nil
	}
	for more := true; more; n++ {
		var err error
		if i = skipSpace(t.src, i); i >= len(t.src) || t.src[i] != '"' {
			return i, errSyntax(t.src, i, "a name in quotes")
		}
		if i, err = t.string(i); err != nil {
			return i, err
		}
		if i = skipSpace(t.src, i); i >= len(t.src) || t.src[i] != ':' {
			return i, errSyntax(t.src, i, "a colon")
		}
		if i, err = t.value(skipSpace(t.src, i+1), depth); err != nil {
			return i, err
		}
		i = skipSpace(t.src, i)
		if more, err = lexNext(t.src, i, '}'); err != nil {
			return i, err
		}
		i++
	}
	t.head(at, n)
	return i, nil
}

//go:build !nocommon

package parser

import "encoding/json"

// textRaw checks and appends JSON text; a nil one is null.
func (b *Buffer) textRaw(dst []byte, raw json.RawMessage) ([]byte, error) {
	if raw == nil {
		return append(dst, "null"...), nil
	}
	c := compactor{src: raw, dst: dst}
	whole, err := c.run()
	if err != nil || !whole {
		return c.dst, err
	}
	if len(raw) >= spliceMin {
		b.splice(dst, raw)
		return dst, nil
	}
	return append(dst, raw...), nil
}

// appendCompact checks JSON text and appends it without white space.
func appendCompact(dst, src []byte) ([]byte, error) {
	c := compactor{src: src, dst: dst}
	whole, err := c.run()
	if whole {
		return append(dst, src...), err
	}
	return c.dst, err
}

// compactor copies JSON text without the white space between its tokens, and with
// U+FFFD for what is not UTF-8. What lies between two changes is copied at once.
type compactor struct {
	src, dst []byte
	from     int // where in src begins what is not yet in dst
}

// run checks the whole text. If there is nothing to change, whole is true and dst
// is as it was.
func (c *compactor) run() (whole bool, err error) {
	i, err := c.value(c.space(0), 0)
	if err != nil {
		return false, err
	}
	if i = c.space(i); i < len(c.src) {
		return false, errSyntax(c.src, i, "the end")
	}
	if c.from == 0 {
		return true, nil
	}
	c.dst = append(c.dst, c.src[c.from:]...)
	return false, nil
}

// skip leaves out what is between i and j.
func (c *compactor) skip(i, j int) {
	c.dst = append(c.dst, c.src[c.from:i]...)
	c.from = j
}

// space leaves out the white space at i and returns where it ends.
func (c *compactor) space(i int) int {
	if i < len(c.src) && c.src[i] > ' ' {
		return i
	}
	j := skipSpace(c.src, i)
	if j > i {
		c.skip(i, j)
	}
	return j
}

func (c *compactor) value(i, depth int) (int, error) {
	if i >= len(c.src) {
		return i, errSyntax(c.src, i, "a value")
	}
	switch ch := c.src[i]; {
	case ch == '"':
		return c.string(i)
	case ch == '{' || ch == '[':
		if depth++; depth > maxNesting {
			return i, errNesting(i)
		}
		if ch == '{' {
			return c.object(i+1, depth)
		}
		return c.array(i+1, depth)
	case ch == '-' || '0' <= ch && ch <= '9':
		return lexNumber(c.src, i)
	}
	word, err := lexWord(c.src, i)
	return i + len(word), err
}

func (c *compactor) string(i int) (int, error) {
	end, kind, err := lexString(c.src, i)
	if err == nil && kind&broken != 0 {
		c.skip(i, end)
		c.dst = appendRepaired(c.dst, c.src[i:end])
	}
	return end, err
}

func (c *compactor) array(i, depth int) (int, error) {
	if i = c.space(i); i < len(c.src) && c.src[i] == ']' {
		return i + 1, nil
	}
	for more := true; more; {
		var err error
		if i, err = c.value(c.space(i), depth); err != nil {
			return i, err
		}
		i = c.space(i)
		if more, err = lexNext(c.src, i, ']'); err != nil {
			return i, err
		}
		i++
	}
	return i, nil
}

func (c *compactor) object(i, depth int) (int, error) {
	if i = c.space(i); i < len(c.src) && c.src[i] == '}' {
		return i + 1, nil
	}
	for more := true; more; {
		var err error
		if i = c.space(i); i >= len(c.src) || c.src[i] != '"' {
			return i, errSyntax(c.src, i, "a name in quotes")
		}
		if i, err = c.string(i); err != nil {
			return i, err
		}
		if i = c.space(i); i >= len(c.src) || c.src[i] != ':' {
			return i, errSyntax(c.src, i, "a colon")
		}
		if i, err = c.value(c.space(i+1), depth); err != nil {
			return i, err
		}
		i = c.space(i)
		if more, err = lexNext(c.src, i, '}'); err != nil {
			return i, err
		}
		i++
	}
	return i, nil
}

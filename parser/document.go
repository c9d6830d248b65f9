//go:build !nocommon || !nomsgpack

package parser

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"slices"
	"unicode/utf8"
)

// The functions of this file walk JSON text that is known to be valid.

// each calls f for the elements of the array, or the members of the object, that
// stands at at. The name of an element is "".
func (d *document) each(at span, f func(name string, at span) error) error {
	s := d.text
	object := s[at.from] == '{'
	for i := skipSpace(s, at.from+1); s[i] != ']' && s[i] != '}'; {
		name := ""
		if object {
			end := skipString(s, i)
			name = nameOf(s[i:end])
			i = skipSpace(s, skipSpace(s, end)+1) // behind the colon
		}
		end := d.skipValue(i)
		if err := f(name, span{i, end}); err != nil {
			return err
		}
		if i = skipSpace(s, end); s[i] == ',' {
			i = skipSpace(s, i+1)
		}
	}
	return nil
}

// nameOf returns what a JSON string says.
func nameOf(quoted []byte) string {
	if s := quoted[1 : len(quoted)-1]; bytes.IndexByte(s, '\\') < 0 && utf8.Valid(s) {
		return string(s)
	}
	var s string
	_ = json.Unmarshal(quoted, &s) // it is valid
	return s
}

// skipString returns where the string at s[i] ends.
func skipString(s []byte, i int) int {
	for i++; s[i] != '"'; i++ {
		if s[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// skipValue returns where the value at i ends.
func (d *document) skipValue(i int) int {
	s := d.text
	switch s[i] {
	case '"':
		return skipString(s, i)
	case '[', '{':
		n, _ := slices.BinarySearchFunc(d.nests, i, func(at span, i int) int { return at.from - i })
		return d.nests[n].to
	}
	for i < len(s) && s[i] > ' ' && s[i] != ',' && s[i] != ']' && s[i] != '}' {
		i++
	}
	return i
}

// index notes where each array and object ends, so that nothing is looked through
// once for every level above it.
func (d *document) index() error {
	var open []int
	d.nests = make([]span, 0, containers(d.text))
	for i := 0; i < len(d.text); i++ {
		switch d.text[i] {
		case '"':
			i = skipString(d.text, i) - 1
		case '[', '{':
			if len(open) == maxDepth {
				return errDepth
			}
			open = append(open, len(d.nests))
			d.nests = append(d.nests, span{from: i})
		case ']', '}':
			d.nests[open[len(open)-1]].to = i + 1
			open = open[:len(open)-1]
		}
	}
	return nil
}

// containers counts the arrays and objects of s.
func containers(s []byte) (n int) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			i = skipString(s, i) - 1
		case '[', '{':
			n++
		}
	}
	return n
}

// appendBinary appends a binary to the text of a document in the making.
func (d *document) appendBinary(data []byte) {
	from := len(d.text)
	d.text = append(d.text, '"')
	d.text = append(base64.StdEncoding.AppendEncode(d.text, data), '"')
	d.binaries = append(d.binaries, binaryAt{span{from, len(d.text)}, data})
}

//go:build !nocommon || !nomsgpack

package parser

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
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
		end := skipValue(s, i)
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

// skipValue returns where the value at s[i] ends.
func skipValue(s []byte, i int) int {
	for depth := 0; ; {
		switch s[i] {
		case '"':
			i = skipString(s, i)
		case '[', '{':
			depth++
			i++
		case ']', '}':
			depth--
			i++
		case ',', ':', ' ', '\t', '\n', '\r':
			i++
			continue // within an array or object
		default:
			for i < len(s) && !bytes.ContainsRune([]byte(",]} \t\n\r"), rune(s[i])) {
				i++
			}
		}
		if depth == 0 {
			return i
		}
	}
}

// nesting returns how deep the arrays and objects of s lie in one another.
func nesting(s []byte) (most int) {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			i = skipString(s, i) - 1
		case '[', '{':
			depth++
			most = max(most, depth)
		case ']', '}':
			depth--
		}
	}
	return most
}

// appendBinary appends a binary to the text of a document in the making.
func (d *document) appendBinary(data []byte) {
	from := len(d.text)
	d.text = append(d.text, '"')
	d.text = append(base64.StdEncoding.AppendEncode(d.text, data), '"')
	d.binaries = append(d.binaries, binaryAt{span{from, len(d.text)}, data})
}

package outbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// The functions of this file look at JSON text that is known to be valid, and has
// no white space between its tokens.

var errDepth = fmt.Errorf("more than %d arrays and objects in one another", MaxDepth)

// inspect refuses what is valid JSON but not the same for every reader: halves of
// surrogate pairs; and what is nested deeper than most.
func inspect(s []byte, most int) error {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			end, err := stringEnd(s, i)
			if err != nil {
				return err
			}
			i = end - 1
		case '[', '{':
			if depth++; depth > most {
				return errDepth
			}
		case ']', '}':
			depth--
		}
	}
	return nil
}

// stringEnd returns where the string at s[i] ends, behind its quote.
func stringEnd(s []byte, i int) (int, error) {
	for i++; s[i] != '"'; i++ {
		if s[i] != '\\' {
			continue
		}
		if i++; s[i] != 'u' {
			continue
		}
		r := hex4(s[i+1:])
		i += 4
		if r < 0xd800 || r > 0xdfff {
			continue
		}
		if r > 0xdbff || s[i+1] != '\\' || s[i+2] != 'u' || hex4(s[i+3:])&^0x3ff != 0xdc00 {
			return i, fmt.Errorf(`\u%04x is half of a pair of surrogates`, r)
		}
		i += 6
	}
	return i + 1, nil
}

// hex4 reads four hexadecimal digits.
func hex4(s []byte) uint64 {
	n, _ := strconv.ParseUint(string(s[:4]), 16, 32) // they are there
	return n
}

// skipString is stringEnd of a string that inspect has seen.
func skipString(s []byte, i int) int {
	for i++; s[i] != '"'; i++ {
		if s[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// skipScalar returns where the string, number or word at s[i] ends.
func skipScalar(s []byte, i int) int {
	if s[i] == '"' {
		return skipString(s, i)
	}
	for i < len(s) && s[i] != ',' && s[i] != ']' && s[i] != '}' {
		i++
	}
	return i
}

// skipValue returns where the value at s[i] ends.
func skipValue(s []byte, i int) int {
	for depth := 0; ; {
		switch s[i] {
		case '[', '{':
			depth++
			i++
		case ']', '}':
			depth--
			i++
		case ',', ':':
			i++
		default:
			i = skipScalar(s, i)
		}
		if depth == 0 {
			return i
		}
	}
}

// each calls f for the elements of the array, or the members of the object, that
// is s: with the name of a member, and with where the value begins. f returns
// where it ends.
func each(s []byte, f func(name string, at int) (end int, err error)) (err error) {
	object := s[0] == '{'
	for i := 1; s[i] != ']' && s[i] != '}'; {
		name := ""
		if object {
			end := skipString(s, i)
			name = unquote(s[i:end])
			i = end + 1 // behind the colon
		}
		if i, err = f(name, i); err != nil {
			return err
		}
		if s[i] == ',' {
			i++
		}
	}
	return nil
}

// unquote returns what a JSON string says. encoding/json would cost four times as much
// for one without escapes.
func unquote(quoted []byte) string {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1])
	}
	var s string
	_ = json.Unmarshal(quoted, &s) // it is valid
	return s
}

// appendString appends s as a JSON string, without escapes for HTML.
func appendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = append(dst, `\u00`...)
			dst = append(dst, hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

var errUTF8 = errors.New("it is not UTF-8")

// checkText refuses names that JSON can't carry unchanged.
func (o *Operation) checkText() error {
	for _, f := range []struct{ name, text string }{
		{"id", o.ID}, {"prefix", o.Prefix}, {"ns", o.Namespace}, {"socket", o.Socket},
		{"except_socket", o.ExceptSocket}, {"server", o.Server}, {"event", o.Event},
	} {
		if !utf8.ValidString(f.text) {
			return &FieldError{f.name, errUTF8}
		}
	}
	for _, f := range []struct {
		name string
		list []string
	}{{"to", o.To}, {"except", o.Except}, {"rooms", o.Rooms}} {
		for i, s := range f.list {
			if !utf8.ValidString(s) {
				return &FieldError{fmt.Sprintf("%s[%d]", f.name, i), errUTF8}
			}
		}
	}
	return nil
}

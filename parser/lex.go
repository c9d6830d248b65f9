//go:build !nocommon || !nomsgpack

package parser

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// maxNesting is the depth of arrays and objects that JSON from a RawMessage or a
// MarshalJSON may have; encoding/json has the same.
const maxNesting = 10000

// syntaxError says what is wrong in a JSON text, and where.
type syntaxError struct {
	at   int // bytes from the start
	text string
}

func (e *syntaxError) Error() string {
	return "invalid JSON at byte " + strconv.Itoa(e.at) + ": " + e.text
}

func errSyntax(s []byte, i int, want string) error {
	if i >= len(s) {
		return &syntaxError{len(s), "it ends where " + want + " should be"}
	}
	r, _ := utf8.DecodeRune(s[i:])
	return &syntaxError{i, fmt.Sprintf("%q where %s should be", r, want)}
}

func errNesting(i int) error {
	return &syntaxError{i, fmt.Sprintf("more than %d arrays and objects in one another", maxNesting)}
}

var errNilKey = errors.New("the key is nil")

func skipSpace(s []byte, i int) int {
	for i < len(s) && s[i] <= ' ' && (s[i] == ' ' || s[i] == '\n' || s[i] == '\r' || s[i] == '\t') {
		i++
	}
	return i
}

// stringKind tells what lies between the quotes of a JSON string.
type stringKind uint8

const (
	escaped stringKind = 1 << iota // there are escapes
	broken                         // there are bytes that are not UTF-8
)

// lexString checks the string that starts at s[i] and returns where it ends,
// behind its closing quote.
func lexString(s []byte, i int) (end int, kind stringKind, err error) {
	from := i
	for i++; ; {
		i += plainLen(s[i:])
		switch {
		case i >= len(s):
			return i, kind, &syntaxError{i, fmt.Sprintf("the string from byte %d has no end", from)}
		case s[i] == '"':
			return i + 1, kind, nil
		case s[i] == '\\':
			kind |= escaped
			n, err := lexEscape(s, i)
			if err != nil {
				return i, kind, err
			}
			i += n
		case s[i] < ' ':
			return i, kind, &syntaxError{i, fmt.Sprintf("the control character %q in a string", s[i])}
		default:
			for i < len(s) && s[i] >= utf8.RuneSelf {
				r, n := utf8.DecodeRune(s[i:])
				if r == utf8.RuneError && n == 1 {
					kind |= broken
				}
				i += n
			}
		}
	}
}

// lexEscape checks the escape at s[i] and returns its length, for a pair of
// surrogates that of both.
func lexEscape(s []byte, i int) (int, error) {
	if i+1 >= len(s) {
		return 0, errSyntax(s, i+1, "an escaped character")
	}
	switch s[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2, nil
	case 'u':
	default:
		return 0, errSyntax(s, i+1, `one of "\/bfnrtu`)
	}
	r, ok := hex4(s, i)
	if !ok {
		return 0, &syntaxError{i, `\u without four hexadecimal digits`}
	}
	if r < 0xd800 || r > 0xdfff {
		return 6, nil
	}
	low, ok := hex4(s, i+6)
	if r > 0xdbff || !ok || low < 0xdc00 || low > 0xdfff {
		return 0, &syntaxError{i, fmt.Sprintf(`\u%04x is half of a pair of surrogates: write the character itself`, r)}
	}
	return 12, nil
}

// hex4 reads the escape at s[i]: \u and four hexadecimal digits.
func hex4(s []byte, i int) (r rune, ok bool) {
	if len(s)-i < 6 || s[i] != '\\' || s[i+1] != 'u' {
		return 0, false
	}
	for _, c := range s[i+2 : i+6] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// lexNumber checks the number that starts at s[i] and returns where it ends.
func lexNumber(s []byte, i int) (end int, err error) {
	from, exp := i, false
	if i < len(s) && s[i] == '-' {
		i++
	}
	if i < len(s) && s[i] == '0' {
		i++
	} else if i, err = lexDigits(s, i); err != nil {
		return i, err
	}
	if i < len(s) && s[i] == '.' {
		if i, err = lexDigits(s, i+1); err != nil {
			return i, err
		}
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		if i++; i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		if i, err = lexDigits(s, i); err != nil {
			return i, err
		}
		exp = true
	}
	if exp || i-from > 300 {
		err = checkRange(s[from:i])
	}
	return i, err
}

func lexDigits(s []byte, i int) (int, error) {
	from := i
	for i < len(s) && '0' <= s[i] && s[i] <= '9' {
		i++
	}
	if i == from {
		return i, errSyntax(s, i, "a digit")
	}
	return i, nil
}

// checkRange refuses the number s if float64 has no room for it.
func checkRange(s []byte) error {
	if _, err := strconv.ParseFloat(textOf(s), 64); err != nil {
		return errRange(string(s))
	}
	return nil
}

// lexWord checks that one of null, true and false starts at s[i].
func lexWord(s []byte, i int) (word string, err error) {
	if i < len(s) {
		switch s[i] {
		case 'n':
			word = "null"
		case 't':
			word = "true"
		case 'f':
			word = "false"
		}
	}
	if word == "" {
		return "", errSyntax(s, i, "a value")
	}
	for j := range len(word) {
		if i+j >= len(s) || s[i+j] != word[j] {
			return "", errSyntax(s, i+j, "the rest of "+word)
		}
	}
	return word, nil
}

// lexNext checks that at s[i] there is a comma, before a further element, or the
// end of the array or object.
func lexNext(s []byte, i int, end byte) (more bool, err error) {
	if i < len(s) && (s[i] == ',' || s[i] == end) {
		return s[i] == ',', nil
	}
	return false, errSyntax(s, i, fmt.Sprintf("a comma or %q", end))
}

// unescape appends what stands between the quotes of a JSON string that
// lexString took.
func unescape(dst, s []byte) []byte {
	for i := 0; i < len(s); {
		if s[i] != '\\' {
			n := 1
			for i+n < len(s) && s[i+n] != '\\' {
				n++
			}
			dst = appendRepaired(dst, s[i:i+n])
			i += n
			continue
		}
		switch c := s[i+1]; c {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r, _ := hex4(s, i)
			if low, ok := hex4(s, i+6); ok && r >= 0xd800 && r <= 0xdbff {
				r = (r-0xd800)<<10 | (low - 0xdc00) + 0x10000
				i += 6
			}
			dst = utf8.AppendRune(dst, r)
			i += 4
		default:
			dst = append(dst, c)
		}
		i += 2
	}
	return dst
}

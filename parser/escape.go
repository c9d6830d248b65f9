//go:build !nocommon || !nomsgpack

package parser

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// Eight bytes are looked at in one word. A byte below 0x80 has its top bit after
// the addition of mid exactly if it is at least 0x20, and after the exclusive or
// with c and the addition of seven exactly if it is not c. A byte of 0x80 or more
// may carry into its neighbour, but is found itself.
const (
	top   = 0x8080808080808080
	mid   = 0x6060606060606060
	seven = 0x7f7f7f7f7f7f7f7f
	quote = 0x2222222222222222
	slash = 0x5c5c5c5c5c5c5c5c
)

// plainWord has the top bit of every byte set if each is ASCII and stands for
// itself in JSON; the lowest byte without it is the first that does not.
func plainWord(w uint64) uint64 {
	return (w + mid) & ((w ^ quote) + seven) & ((w ^ slash) + seven) &^ w & top
}

// cleanWord is plainWord with bytes of 0x80 and more allowed.
func cleanWord(w uint64) uint64 {
	v := w & seven
	return ((v+mid)&((v^quote)+seven)&((v^slash)+seven) | w) & top
}

// plainLen returns the length of the ASCII at the start of s that stands for
// itself in JSON.
func plainLen(s []byte) int {
	i := 0
	for ; len(s)-i >= 8; i += 8 {
		if w := plainWord(binary.LittleEndian.Uint64(s[i:])); w != top {
			return i + bits.TrailingZeros64(w^top)/8
		}
	}
	for ; i < len(s) && isPlain(s[i]); i++ {
	}
	return i
}

// cleanLen is plainLen with bytes of 0x80 and more allowed.
func cleanLen(s []byte) int {
	i := 0
	for ; len(s)-i >= 8; i += 8 {
		if w := cleanWord(binary.LittleEndian.Uint64(s[i:])); w != top {
			return i + bits.TrailingZeros64(w^top)/8
		}
	}
	for ; i < len(s) && (isPlain(s[i]) || s[i] >= utf8.RuneSelf); i++ {
	}
	return i
}

// asciiLen returns the length of the ASCII at the start of s, to a multiple of 8
// bytes.
func asciiLen(s []byte) int {
	i := 0
	for ; len(s)-i >= 32; i += 32 {
		p := s[i : i+32]
		w := binary.LittleEndian.Uint64(p) | binary.LittleEndian.Uint64(p[8:]) |
			binary.LittleEndian.Uint64(p[16:]) | binary.LittleEndian.Uint64(p[24:])
		if w&top != 0 {
			break
		}
	}
	for ; len(s)-i >= 8 && binary.LittleEndian.Uint64(s[i:])&top == 0; i += 8 {
	}
	return i
}

func isPlain(c byte) bool { return c >= 0x20 && c < utf8.RuneSelf && c != '"' && c != '\\' }

// isValid tells whether s is UTF-8.
func isValid(s []byte) bool {
	n := asciiLen(s)
	for n < len(s) && s[n] < utf8.RuneSelf {
		n++
	}
	return n == len(s) || utf8.Valid(s[n:])
}

// appendRepaired appends s with U+FFFD for each byte that is not UTF-8.
func appendRepaired(dst, s []byte) []byte {
	for len(s) > 0 {
		n := validLen(s)
		dst = append(dst, s[:n]...)
		if s = s[n:]; len(s) > 0 {
			dst, s = append(dst, "\ufffd"...), s[1:]
		}
	}
	return dst
}

// validLen returns the length of the UTF-8 at the start of s.
func validLen(s []byte) int {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRune(s[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(s)
}

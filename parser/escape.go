//go:build !nocommon || !nomsgpack

package parser

import (
	"bytes"
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
	for ; len(s)-i >= 32; i += 32 {
		p := s[i : i+32]
		a, b := plainWord(binary.LittleEndian.Uint64(p)), plainWord(binary.LittleEndian.Uint64(p[8:]))
		c, d := plainWord(binary.LittleEndian.Uint64(p[16:])), plainWord(binary.LittleEndian.Uint64(p[24:]))
		if a&b&c&d != top {
			break
		}
	}
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

// isPlainLong tells whether s is ASCII that stands for itself in JSON. For long
// strings it takes a third of plainLen's time: what finds one byte is the
// processor's own work, and only the rest is looked at word by word.
func isPlainLong(s []byte) bool { return noneQuoted(s, areText) }

// isCleanLong is isPlainLong with bytes of 0x80 and more allowed.
func isCleanLong(s []byte) bool { return noneQuoted(s, haveNoControl) }

// noneQuoted tells whether s has neither quotes nor backslashes and rest takes all
// parts of it, which are small enough to stay in the processor's nearest memory.
func noneQuoted(s []byte, rest func([]byte) bool) bool {
	const part = 8 << 10
	for len(s) > 0 {
		p := s[:min(len(s), part)]
		if !rest(p) || bytes.IndexByte(p, '"') >= 0 || bytes.IndexByte(p, '\\') >= 0 {
			return false
		}
		s = s[len(p):]
	}
	return true
}

// areText tells whether all bytes are from 0x20 to 0x7f. The lowest byte below
// 0x20 has its top bit after the subtraction of 0x20.
func areText(s []byte) bool {
	const low = 0x2020202020202020
	for ; len(s) >= 64; s = s[64:] {
		p := s[:64]
		a, b := binary.LittleEndian.Uint64(p), binary.LittleEndian.Uint64(p[8:])
		c, d := binary.LittleEndian.Uint64(p[16:]), binary.LittleEndian.Uint64(p[24:])
		e, f := binary.LittleEndian.Uint64(p[32:]), binary.LittleEndian.Uint64(p[40:])
		g, h := binary.LittleEndian.Uint64(p[48:]), binary.LittleEndian.Uint64(p[56:])
		if ((a-low)|a|(b-low)|b|(c-low)|c|(d-low)|d|(e-low)|e|(f-low)|f|(g-low)|g|(h-low)|h)&top != 0 {
			return false
		}
	}
	for _, c := range s {
		if c < 0x20 || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// haveNoControl tells whether all bytes are at least 0x20.
func haveNoControl(s []byte) bool {
	const low = 0x2020202020202020
	for ; len(s) >= 32; s = s[32:] {
		p := s[:32]
		a, b := binary.LittleEndian.Uint64(p), binary.LittleEndian.Uint64(p[8:])
		c, d := binary.LittleEndian.Uint64(p[16:]), binary.LittleEndian.Uint64(p[24:])
		if ((a-low)&^a|(b-low)&^b|(c-low)&^c|(d-low)&^d)&top != 0 {
			return false
		}
	}
	for _, c := range s {
		if c < 0x20 {
			return false
		}
	}
	return true
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
func isValid(s []byte) bool { return utf8.Valid(s[asciiLen(s):]) }

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

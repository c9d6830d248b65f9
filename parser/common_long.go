//go:build !nocommon

package parser

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
)

// longMin is the length in bytes from which isPlainLong is faster than plainLen.
const longMin = 128

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

//go:build !nocommon || !nomsgpack

package parser

// packStringHead appends the head of a msgpack str of n bytes.
func packStringHead(dst []byte, n int) []byte {
	switch {
	case n < 1<<5:
		return append(dst, 0xa0|byte(n))
	case n < 1<<8:
		return append(dst, 0xd9, byte(n))
	case n < 1<<16:
		return append(dst, 0xda, byte(n>>8), byte(n))
	}
	return append(dst, 0xdb, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}

//go:build !nocommon || !nomsgpack

package parser

import "github.com/sioxide/emitter/protocol"

// Binary is a binary in a text that JSON has returned.
type Binary struct {
	From, To int // of the string of base64 that stands for it, with its quotes
	Data     []byte
}

// JSON returns a value, an event with its arguments or an answer's arguments, as the
// text of a JSON array in which each binary stands as a string of base64, and those
// binaries in the order of the text. Numbers are written as they are in the value.
// Both may share memory with v.
func JSON(v *protocol.Value) (text []byte, binaries []Binary, err error) {
	d, err := documentOf(v)
	if err != nil {
		return nil, nil, err
	}
	for _, b := range d.binaries {
		binaries = append(binaries, Binary{b.from, b.to, b.data})
	}
	return d.text, binaries, nil
}

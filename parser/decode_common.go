//go:build !nocommon

package parser

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/sioxide/emitter/protocol"
)

func init() { readers[protocol.Text] = readText }

// readText checks JSON text and puts the attachments in the place of their
// placeholders. As in socket.io-parser, only a value that has attachments has
// placeholders (reconstructPacket in binary.ts).
func readText(text []byte, attachments [][]byte) (*document, error) {
	text = bytes.Trim(text, " \t\r\n")
	if !json.Valid(text) {
		var v json.RawMessage
		return nil, fmt.Errorf("the answer is not JSON: %w", json.Unmarshal(text, &v))
	}
	src := &document{text: text}
	if len(attachments) == 0 {
		return src, nil
	}
	if err := src.index(); err != nil {
		return nil, err
	}
	r := restorer{src: src, attachments: attachments, used: make([]bool, len(attachments))}
	if err := r.value(span{0, len(text)}); err != nil {
		return nil, err
	}
	return &r.out, nil
}

// restorer copies a document and puts attachments in their places.
type restorer struct {
	src         *document
	out         document
	attachments [][]byte
	used        []bool
}

func (r *restorer) value(at span) error {
	open := r.src.text[at.from]
	if open != '{' && open != '[' {
		r.out.text = append(r.out.text, r.src.text[at.from:at.to]...)
		return nil
	}
	if open == '{' {
		if num, ok := r.placeholder(at); ok {
			return r.attachment(num)
		}
	}
	r.out.text = append(r.out.text, open)
	first := len(r.out.text)
	err := r.src.each(at, func(name string, at span) error {
		if len(r.out.text) > first {
			r.out.text = append(r.out.text, ',')
		}
		if open == '{' {
			r.out.text = append(appendQuoted(r.out.text, []byte(name)), ':')
		}
		return r.value(at)
	})
	r.out.text = append(r.out.text, open+2) // ']' and '}' stand two behind
	return err
}

// placeholder tells whether an object is one, and what it names.
func (r *restorer) placeholder(at span) (num []byte, ok bool) {
	_ = r.src.each(at, func(name string, at span) error {
		switch s := r.src.text[at.from:at.to]; name {
		case "_placeholder":
			ok = string(s) == "true"
		case "num":
			num = s
		}
		return nil
	})
	return num, ok
}

func (r *restorer) attachment(num []byte) error {
	f, err := strconv.ParseFloat(string(num), 64)
	n := int(f)
	if err != nil || float64(n) != f || n < 0 || n >= len(r.attachments) {
		return fmt.Errorf("the answer names attachment %q, and has %d", clip(string(num)), len(r.attachments))
	}
	if r.used[n] {
		return errors.New("the answer names attachment " + strconv.Itoa(n) + " twice")
	}
	r.used[n] = true
	r.out.appendBinary(r.attachments[n])
	return nil
}

//go:build !nocommon || !nomsgpack

package outbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/sioxide/emitter/parser"
	"github.com/sioxide/emitter/protocol"
)

// NewArgs returns the arguments of an operation for values as Emit takes them.
func NewArgs(values ...any) ([]json.RawMessage, error) {
	var buf parser.Buffer
	v, err := encodeArgs(&buf, values)
	if err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	args, err := argsOf(&v)
	if err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	return args, nil
}

// setEvent takes over the event and the arguments of a packet.
func (o *Operation) setEvent(v *protocol.Value) error {
	args, err := argsOf(v)
	if err != nil {
		return fmt.Errorf("its data: %w", err)
	}
	if len(args) == 0 || args[0][0] != '"' {
		return errors.New("its data does not begin with an event's name")
	}
	if o.Event = unquote(args[0]); len(args) > 1 {
		o.Args = args[1:]
	}
	return nil
}

// argsOf returns the elements of a value in the form with $bin and $esc.
func argsOf(v *protocol.Value) ([]json.RawMessage, error) {
	text, binaries, err := parser.JSON(v)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(text) {
		return nil, errUTF8
	}
	if len(binaries) == 0 { // with some the text has no white space
		var b bytes.Buffer
		if err := json.Compact(&b, text); err != nil {
			return nil, err
		}
		text = b.Bytes()
	}
	if err := inspect(text, MaxDepth); err != nil {
		return nil, err
	}
	e := escaper{valueReader: valueReader{text}, binaries: binaries}
	var args []json.RawMessage
	err = each(text, func(_ string, at int) (int, error) {
		e.dst = nil
		end := e.value(at)
		args = append(args, e.dst)
		return end, inspect(e.dst, MaxDepth-1)
	})
	return args, err
}

// escaper writes values of JSON in the form with $bin and $esc.
type escaper struct {
	valueReader
	binaries []parser.Binary // those that are still to come
	dst      []byte
}

// value appends the value at i and returns where it ends.
func (e *escaper) value(i int) (end int) {
	if len(e.binaries) > 0 && e.binaries[0].From == i {
		end = e.binaries[0].To
		e.binaries = e.binaries[1:]
		e.dst = append(append(append(e.dst, `{"$bin":`...), e.text[i:end]...), '}')
		return end
	}
	switch c := e.text[i]; c {
	case '{':
		if name, _, _ := e.marker(i); name == "" {
			return e.container(i)
		}
		e.dst = append(e.dst, `{"$esc":`...)
		end = e.container(i)
		e.dst = append(e.dst, '}')
		return end
	case '[':
		return e.container(i)
	}
	end = skipScalar(e.text, i)
	e.dst = append(e.dst, e.text[i:end]...)
	return end
}

// container appends the array or object at i.
func (e *escaper) container(i int) (end int) {
	open := e.text[i]
	e.dst = append(e.dst, open)
	for i++; e.text[i] != ']' && e.text[i] != '}'; {
		if open == '{' {
			name := i
			i = skipString(e.text, i) + 1 // behind the colon
			e.dst = append(e.dst, e.text[name:i]...)
		}
		if i = e.value(i); e.text[i] == ',' {
			e.dst = append(e.dst, ',')
			i++
		}
	}
	e.dst = append(e.dst, e.text[i])
	return i + 1
}

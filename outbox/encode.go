package outbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/sioxide/emitter"
)

// Encode writes the operation as one line of JSON without its end, in the order of
// the package's documentation; what has its default is left out. What Decode would
// refuse is an error.
func (o *Operation) Encode() ([]byte, error) {
	line, err := o.encode()
	if err != nil {
		if !errors.Is(err, ErrInvalid) {
			err = fmt.Errorf("%w: %w", ErrInvalid, err)
		}
		return nil, fmt.Errorf("outbox: encode: %w", err)
	}
	return line, nil
}

// MarshalJSON is Encode.
func (o *Operation) MarshalJSON() ([]byte, error) { return o.Encode() }

func (o *Operation) encode() ([]byte, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	dst := append([]byte(`{"v":`), strconv.Itoa(Version)...)
	dst = appendField(dst, "id", o.ID, "")
	dst = appendField(dst, "op", string(o.Op), "")
	dst = o.appendRaw(dst)
	dst = appendField(dst, "prefix", o.prefix(), emitter.DefaultPrefix)
	dst = appendField(dst, "ns", o.namespace(), "/")
	dst = appendList(dst, "to", o.To)
	dst = appendList(dst, "except", o.Except)
	dst = appendField(dst, "socket", o.Socket, "")
	dst = appendField(dst, "except_socket", o.ExceptSocket, "")
	dst = appendField(dst, "server", o.Server, "")
	if o.Volatile {
		dst = append(dst, `,"volatile":true`...)
	}
	dst = appendField(dst, "event", o.Event, "")
	dst, err := o.appendArgs(dst)
	if err != nil {
		return nil, err
	}
	dst = appendList(dst, "rooms", o.Rooms)
	if !o.At.IsZero() {
		at, err := o.At.MarshalText()
		if err != nil {
			return nil, bad("at", "%w", err)
		}
		dst = appendField(dst, "at", string(at), "")
	}
	dst = append(dst, '}')
	if len(dst) > MaxSize {
		return nil, fmt.Errorf("%d bytes, at most %d are written", len(dst), MaxSize)
	}
	return dst, nil
}

func appendField(dst []byte, name, value, without string) []byte {
	if value == without {
		return dst
	}
	return appendString(append(appendString(append(dst, ','), name), ':'), value)
}

func appendList(dst []byte, name string, list []string) []byte {
	if len(list) == 0 {
		return dst
	}
	dst = append(appendString(append(dst, ','), name), ':', '[')
	for i, s := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, s)
	}
	return append(dst, ']')
}

// appendArgs appends what Decode would take.
func (o *Operation) appendArgs(dst []byte) ([]byte, error) {
	if len(o.Args) == 0 {
		return dst, nil
	}
	text := bytes.NewBuffer(append(dst, `,"args":[`...))
	for i, raw := range o.Args {
		if i > 0 {
			text.WriteByte(',')
		}
		from := text.Len()
		if err := appendArg(text, raw); err != nil {
			return nil, argError(i, err)
		}
		if _, err := argValue(text.Bytes()[from:]); err != nil {
			return nil, argError(i, err)
		}
	}
	text.WriteByte(']')
	return text.Bytes(), nil
}

// appendArg checks and appends one argument.
func appendArg(text *bytes.Buffer, raw json.RawMessage) error {
	if len(raw) > MaxSize {
		return fmt.Errorf("%d bytes, at most %d are taken", len(raw), MaxSize)
	}
	one, err := compact(raw)
	if err != nil {
		return err
	}
	text.Write(one)
	return inspect(one, MaxDepth-1)
}

func argError(i int, err error) error {
	return &FieldError{fmt.Sprintf("args[%d]", i), err}
}

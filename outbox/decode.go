package outbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/sioxide/emitter"
)

// Decode reads an operation. It refuses what is not exactly one object of the form:
// unknown and repeated fields, values of another type, null, what an operation does
// not take, what is not UTF-8, more than MaxSize bytes or MaxDepth levels. The error
// wraps ErrInvalid and names the field. Nothing of data is kept.
func Decode(data []byte) (*Operation, error) { return Decoder{}.Decode(data) }

// Decoder reads operations with other defaults than those of the form: of a cluster
// that is known by other means.
type Decoder struct {
	Prefix    string // of operations without a prefix; "" is "socket.io"
	Namespace string // of operations without a ns; "" is "/"
}

// Decode is the function Decode with the decoder's defaults.
func (d Decoder) Decode(data []byte) (*Operation, error) {
	o := &Operation{Prefix: d.Prefix, Namespace: d.Namespace}
	o.Prefix, o.Namespace = o.prefix(), o.namespace()
	if err := o.decode(data); err != nil {
		if !errors.Is(err, ErrInvalid) {
			err = fmt.Errorf("%w: %w", ErrInvalid, err)
		}
		return nil, fmt.Errorf("outbox: decode: %w", err)
	}
	return o, nil
}

// UnmarshalJSON is Decode.
func (o *Operation) UnmarshalJSON(data []byte) error {
	p, err := Decode(data)
	if err == nil {
		*o = *p
	}
	return err
}

func (o *Operation) decode(data []byte) error {
	text, err := compact(data)
	if err != nil {
		return err
	}
	if text[0] != '{' {
		return fmt.Errorf("%s where an object should be", kindOf(text))
	}
	if err := inspect(text, MaxDepth+1); err != nil {
		return err
	}
	seen := make(map[string]bool, 8)
	var empty error // a prefix or ns that is, which a raw one may have
	err = each(text, func(name string, at int) (int, error) {
		end := skipValue(text, at)
		if seen[name] {
			return 0, bad(clip(name), "it stands twice")
		}
		seen[name] = true
		if text := text[at:end]; string(text) == `""` && (name == "prefix" || name == "ns") {
			empty = bad(name, "it is empty; leave it out for %q", map[string]string{"prefix": emitter.DefaultPrefix, "ns": "/"}[name])
			return end, nil
		}
		return end, o.field(name, text[at:end])
	})
	if err == nil && o.Raw == nil {
		err = empty
	}
	if err != nil {
		return err
	}
	return o.check()
}

// compact checks that data is JSON and returns a copy without white space.
func compact(data []byte) ([]byte, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("%d bytes, at most %d are taken", len(data), MaxSize)
	}
	if len(bytes.TrimLeft(data, " \t\r\n")) == 0 {
		return nil, errors.New("it is empty")
	}
	if !utf8.Valid(data) {
		return nil, errUTF8
	}
	text := bytes.NewBuffer(make([]byte, 0, len(data)))
	if err := json.Compact(text, data); err != nil {
		var raw json.RawMessage
		if syntax := (*json.SyntaxError)(nil); errors.As(json.Unmarshal(data, &raw), &syntax) { // this one knows where
			err = fmt.Errorf("byte %d: %w", syntax.Offset, syntax)
		}
		return nil, err
	}
	return text.Bytes(), nil
}

// field sets one field. What keeps a part of raw keeps all of the text, which is
// the operation's own.
func (o *Operation) field(name string, raw json.RawMessage) error {
	switch name {
	case "v":
		if string(raw) != "1" {
			return bad(name, "%s where %d, the only version known, should be", clip(string(raw)), Version)
		}
		return nil
	case "id":
		return decodeString(name, raw, &o.ID)
	case "op":
		return decodeString(name, raw, (*string)(&o.Op))
	case "prefix":
		return decodeString(name, raw, &o.Prefix)
	case "ns":
		return decodeString(name, raw, &o.Namespace)
	case "to":
		return decodeStrings(name, raw, &o.To)
	case "except":
		return decodeStrings(name, raw, &o.Except)
	case "socket":
		return decodeString(name, raw, &o.Socket)
	case "except_socket":
		return decodeString(name, raw, &o.ExceptSocket)
	case "server":
		return decodeString(name, raw, &o.Server)
	case "volatile":
		if o.Volatile = string(raw) == "true"; !o.Volatile && string(raw) != "false" {
			return wrongKind(name, raw, "true or false")
		}
		return nil
	case "event":
		return decodeString(name, raw, &o.Event)
	case "args":
		return o.decodeArgs(raw)
	case "rooms":
		return decodeStrings(name, raw, &o.Rooms)
	case "at":
		return decodeTime(name, raw, &o.At)
	case "raw":
		return o.decodeRaw(raw)
	}
	return bad(clip(name), "no such field")
}

func decodeString(name string, raw json.RawMessage, dst *string) error {
	if raw[0] != '"' {
		return wrongKind(name, raw, "a string")
	}
	*dst = unquote(raw)
	return nil
}

func decodeStrings(name string, raw json.RawMessage, dst *[]string) error {
	if raw[0] != '[' {
		return wrongKind(name, raw, "a list of strings")
	}
	*dst = nil
	return each(raw, func(_ string, at int) (int, error) {
		end := skipValue(raw, at)
		var s string
		err := decodeString(fmt.Sprintf("%s[%d]", name, len(*dst)), raw[at:end], &s)
		*dst = append(*dst, s)
		return end, err
	})
}

func decodeTime(name string, raw json.RawMessage, dst *time.Time) error {
	if raw[0] != '"' {
		return wrongKind(name, raw, "a time")
	}
	if err := dst.UnmarshalText([]byte(unquote(raw))); err != nil {
		return bad(name, "%s where a time of RFC 3339, such as \"2026-01-31T15:04:05Z\", should be", clip(string(raw)))
	}
	return nil
}

func wrongKind(name string, raw json.RawMessage, want string) error {
	return bad(name, "%s where %s should be", kindOf(raw), want)
}

func kindOf(raw []byte) string {
	switch raw[0] {
	case '"':
		return "a string"
	case '[':
		return "a list"
	case '{':
		return "an object"
	case 'n':
		return "null"
	case 't', 'f':
		return string(raw)
	}
	return "a number"
}

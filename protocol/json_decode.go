package protocol

import (
	"encoding/json"
	"errors"
	"fmt"
)

// decodeJSON reads a whole message into v. encoding/json bounds how deep it may be
// nested.
func decodeJSON(data []byte, v any) error {
	if len(data) > MaxMessage {
		return fmt.Errorf("%w: %d bytes, at most %d are taken", ErrMalformed, len(data), MaxMessage)
	}
	return malformed(json.Unmarshal(data, v))
}

func malformed(err error) error {
	if err == nil || errors.Is(err, ErrMalformed) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrMalformed, err)
}

// tuple reads an array of exactly len(members) elements.
func tuple(what string, data []byte, members ...any) error {
	var raw []json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	if len(raw) != len(members) {
		return fmt.Errorf("%s has %d elements, want %d", what, len(raw), len(members))
	}
	for i, m := range members {
		if err := json.Unmarshal(raw[i], m); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	return nil
}

// jsonID is an id as a string, or null as the zero ID.
type jsonID struct{ ID }

func (id *jsonID) UnmarshalJSON(data []byte) error {
	var s *string
	err := json.Unmarshal(data, &s)
	if err != nil || s == nil {
		return err
	}
	id.ID, err = ParseID(*s)
	return err
}

// numbers are bytes as an array of integers, which is how serde writes them.
type numbers []byte

func (n *numbers) UnmarshalJSON(data []byte) error {
	if len(data) == 0 || data[0] != '[' {
		return errors.New("bytes are no array of integers")
	}
	// At most every other character is a number: enough room, and in proportion.
	list := make([]byte, 0, len(data)/2)
	value, digits := 0, 0
	for _, c := range data[1:] {
		switch {
		case c >= '0' && c <= '9':
			value, digits = 10*value+int(c-'0'), digits+1
			if value > 255 || digits > 3 {
				return errors.New("an element of an array of bytes is beyond 255")
			}
		case (c == ',' || c == ']') && digits > 0:
			list = append(list, byte(value))
			value, digits = 0, 0
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ']':
		default:
			return fmt.Errorf("an array of bytes has %q in it", c)
		}
	}
	*n = list
	return nil
}

// jsonValue is a Value as a tuple: kind, bytes, attachments.
type jsonValue struct{ Value }

func (v *jsonValue) UnmarshalJSON(data []byte) error {
	var (
		kind        *ValueKind
		bytes       numbers
		attachments []numbers
	)
	if err := tuple("value", data, &kind, &bytes, &attachments); err != nil {
		return err
	}
	if kind == nil || *kind > Binary {
		return errors.New("a value's kind is neither 0 nor 1")
	}
	if *kind == Binary && attachments != nil {
		return errors.New("a binary value has attachments")
	}
	v.Value = Value{Kind: *kind, Data: bytes}
	if attachments != nil {
		v.Attachments = make([][]byte, len(attachments))
		for i, a := range attachments {
			v.Attachments[i] = a
		}
	}
	return nil
}

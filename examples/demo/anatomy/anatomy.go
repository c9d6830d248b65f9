// Package anatomy takes the adapters' messages apart: which bytes are which field,
// and what they say. The demo's page draws the fields beside the bytes.
package anatomy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"

	"github.com/sioxide/emitter/protocol"
)

// Part is a run of bytes of a message and what it means. The parts of a message
// follow one another without gaps.
type Part struct {
	From  int    `json:"from"` // data[From:To]
	To    int    `json:"to"`
	Field string `json:"field"` // like opts.rooms
	Group string `json:"group"` // the outermost field, "" for the frame around all
	Text  string `json:"text"`  // the value
	Note  string `json:"note,omitempty"`
	Head  bool   `json:"head,omitempty"` // only says how many values follow, or names one
}

// maxText is how many bytes of a payload are shown as text.
const maxText = 2048

// Request takes a request apart. The error is protocol.DecodeRequest's.
func Request(data []byte) (*protocol.Request, []Part, error) {
	req, err := protocol.DecodeRequest(data)
	if err != nil {
		return nil, nil, err
	}
	parts, err := dissect(data, requestShape)
	return req, parts, err
}

// Response takes a response apart, with the id of its request in front, as it
// passes over Redis. The error is protocol.DecodeAddressedResponse's.
func Response(data []byte) (*protocol.Response, []Part, error) {
	res, err := protocol.DecodeAddressedResponse(data)
	if err != nil {
		return nil, nil, err
	}
	parts, err := dissect(data, responseShape(res.Kind))
	return res, parts, err
}

// walker goes through a message that the protocol's decoder has found sound.
type walker struct {
	data  []byte
	rest  *bytes.Reader
	dec   *msgpack.Decoder
	parts []Part
	kind  protocol.ValueKind // of the payload that is being read
}

func dissect(data []byte, s *shape) ([]Part, error) {
	w := &walker{data: data, rest: bytes.NewReader(data)}
	w.dec = msgpack.NewDecoder(w.rest) // reads no byte ahead of a bytes.Reader
	if err := w.value(s, "", ""); err != nil {
		return nil, fmt.Errorf("take a message of %d bytes apart at byte %d: %w", len(data), w.at(), err)
	}
	return w.parts, nil
}

func (w *walker) at() int { return len(w.data) - w.rest.Len() }

// add records what was read since from.
func (w *walker) add(from int, field, group, text string) *Part {
	w.parts = append(w.parts, Part{From: from, To: w.at(), Field: field, Group: group, Text: text})
	return &w.parts[len(w.parts)-1]
}

// value reads what s describes.
func (w *walker) value(s *shape, field, group string) error {
	code, err := w.dec.PeekCode()
	switch {
	case err != nil:
		return err
	case s.payload:
		return w.payload(s, field, group)
	case msgpcode.IsFixedArray(code) || code == msgpcode.Array16 || code == msgpcode.Array32:
		return w.array(s, field, group)
	case msgpcode.IsFixedMap(code) || code == msgpcode.Map16 || code == msgpcode.Map32:
		return w.object(s, field, group)
	}
	return w.scalar(s, field, group)
}

func (w *walker) array(s *shape, field, group string) error {
	from := w.at()
	n, err := w.dec.DecodeArrayLen()
	if err != nil {
		return err
	}
	w.add(from, field, group, plural(n, "value")).Head = true
	if n == 0 { // the field would have no other row
		p := &w.parts[len(w.parts)-1]
		p.Head, p.Text = false, "none"
	}
	for i := range n {
		name, sub := s.element(i)
		if err := w.value(sub, join(field, name), outer(group, name)); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) object(s *shape, field, group string) error {
	from := w.at()
	n, err := w.dec.DecodeMapLen()
	if err != nil {
		return err
	}
	w.add(from, field, group, plural(n, "field")).Head = true
	for range n {
		from := w.at()
		name, err := w.dec.DecodeString()
		if err != nil {
			return err
		}
		w.add(from, join(field, name), outer(group, name), "the name of the field").Head = true
		if err := w.value(s.member(name), join(field, name), outer(group, name)); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) scalar(s *shape, field, group string) error {
	from := w.at()
	v, err := w.dec.DecodeInterfaceLoose()
	if err != nil {
		return err
	}
	p := w.add(from, field, group, show(v))
	if s.note == nil {
		return nil
	}
	n, isInt := v.(int64)
	u, isUint := v.(uint64)
	switch {
	case isInt:
		p.Note = s.note(uint64(n))
	case isUint:
		p.Note = s.note(u)
	}
	if s.isKind && (isInt || isUint) {
		w.kind = protocol.ValueKind(uint64(n) + u) // one of them is 0
	}
	return nil
}

// payload reads bytes as bin, which emitters of this library write, or as an array
// of integers, which the Rust servers do.
func (w *walker) payload(s *shape, field, group string) error {
	from := w.at()
	var raw []byte
	code, err := w.dec.PeekCode()
	if err != nil {
		return err
	}
	if msgpcode.IsBin(code) {
		raw, err = w.dec.DecodeBytes()
	} else {
		raw, err = w.integers()
	}
	if err != nil {
		return err
	}
	p := w.add(from, field, group, "")
	p.Text, p.Note = s.reveal(w.kind, raw), plural(len(raw), "byte")
	return nil
}

func (w *walker) integers() ([]byte, error) {
	n, err := w.dec.DecodeArrayLen()
	var raw []byte
	for range n {
		var b uint8
		if b, err = w.dec.DecodeUint8(); err != nil {
			break
		}
		raw = append(raw, b)
	}
	return raw, err
}

// show writes a scalar as JSON would.
func show(v any) string {
	if b, ok := v.([]byte); ok {
		return hexText(b)
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}

func hexText(b []byte) string {
	if len(b) > 32 {
		return fmt.Sprintf("<% x …>", b[:32])
	}
	return fmt.Sprintf("<% x>", b)
}

func join(field, name string) string {
	return strings.TrimPrefix(field+"."+name, ".")
}

func outer(group, name string) string {
	if group != "" {
		return group
	}
	return name
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

//go:build !nocommon || !nomsgpack

package parser

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/sioxide/emitter/protocol"
)

// maxDepth is how deep the arrays and objects of an answer may lie in one
// another.
const maxDepth = 128

var errDepth = fmt.Errorf("the answer has more than %d arrays and objects in one another", maxDepth)

// Decode puts the arguments of an answer into what dst points to, by position, as
// encoding/json does. A nil dst passes its argument over; arguments beyond dst are
// left out. A binary goes into a slice of bytes or an interface; a type with an
// UnmarshalJSON gets it as the base64 text that encoding/json writes. An argument
// that does not fit is an *ArgumentError.
func Decode(v *protocol.Value, dst ...any) error {
	d, err := documentOf(v)
	if err != nil {
		return err
	}
	args := d.args()
	if len(args) < len(dst) {
		return fmt.Errorf("the answer has %d arguments, and %d were to be decoded", len(args), len(dst))
	}
	for i, p := range dst {
		if p == nil {
			continue
		}
		r := reflect.ValueOf(p)
		if r.Kind() != reflect.Pointer || r.IsNil() {
			return &ArgumentError{Index: i, Err: fmt.Errorf("decoding needs a pointer that is not nil, and got a %T", p)}
		}
		if err := d.assign(r.Elem(), args[i]); err != nil {
			return d.argumentError(i, err)
		}
	}
	return nil
}

// Args returns the arguments of an answer as nil, bool, float64, string, []byte,
// []any and map[string]any.
func Args(v *protocol.Value) ([]any, error) {
	d, err := documentOf(v)
	if err != nil {
		return nil, err
	}
	args := d.args()
	out := make([]any, len(args))
	for i, at := range args {
		if out[i], err = d.generic(at); err != nil {
			return nil, d.argumentError(i, err)
		}
	}
	return out, nil
}

func documentOf(v *protocol.Value) (*document, error) {
	data := v.Data
	if len(v.Splices) > 0 {
		data = v.AppendData(nil)
	}
	read := readers[v.Kind]
	if read == nil {
		return nil, fmt.Errorf("the answer is of a parser (kind %d) that this build does not have", v.Kind)
	}
	d, err := read(data, v.Attachments)
	if err != nil {
		return nil, err
	}
	if err := d.index(); err != nil {
		return nil, err
	}
	if d.text[0] != '[' {
		return nil, fmt.Errorf("the answer is not an array of arguments: %s", clip(string(d.text)))
	}
	return d, nil
}

// readers turn the data of an answer into a document, by its kind.
var readers [256]func(data []byte, attachments [][]byte) (*document, error)

// span is a part of a document's text.
type span struct{ from, to int }

// document is an answer as valid JSON text without white space at its ends. Each
// binary stands in it as a string of base64, which is what encoding/json expects
// for a slice of bytes.
type document struct {
	coding
	text     []byte
	binaries []binaryAt // in the order of the text
	nests    []span     // the arrays and objects, in the order of the text
}

// binaryAt is a binary and where its text stands.
type binaryAt struct {
	span
	data []byte
}

// args returns where the arguments stand.
func (d *document) args() []span {
	var out []span
	_ = d.each(span{0, len(d.text)}, func(_ string, at span) error {
		out = append(out, at)
		return nil
	})
	return out
}

// within returns the binaries in a part of the text.
func (d *document) within(at span) []binaryAt {
	from, to := 0, len(d.binaries)
	for from < to {
		if mid := (from + to) / 2; d.binaries[mid].from < at.from {
			from = mid + 1
		} else {
			to = mid
		}
	}
	for to < len(d.binaries) && d.binaries[to].to <= at.to {
		to++
	}
	return d.binaries[from:to]
}

// generic returns a part of the document as a value of no type of the caller's.
func (d *document) generic(at span) (any, error) {
	in := d.within(at)
	switch {
	case len(in) == 0:
		var v any
		err := json.Unmarshal(d.text[at.from:at.to], &v)
		return v, err
	case in[0].span == at:
		return append([]byte{}, in[0].data...), nil
	case d.text[at.from] == '[':
		out := []any{}
		err := d.each(at, func(_ string, at span) error {
			v, err := d.generic(at)
			out = append(out, v)
			return err
		})
		return out, err
	}
	out := map[string]any{}
	err := d.each(at, func(name string, at span) (err error) {
		out[name], err = d.generic(at)
		return err
	})
	return out, err
}

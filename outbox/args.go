package outbox

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
)

// Names of the members that make an object something else.
const (
	binName = "$bin"
	escName = "$esc"
)

// Values returns the arguments as they are given to Emit: an argument without
// binaries as a json.RawMessage, in which numbers of any size are what they were; a
// binary as []byte, and what holds one as []any and map[string]any.
func (o *Operation) Values() ([]any, error) {
	values, err := o.values()
	if err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	return values, nil
}

func (o *Operation) values() ([]any, error) {
	values := make([]any, len(o.Args))
	for i, raw := range o.Args {
		one, err := compact(raw)
		if err == nil {
			err = inspect(one, MaxDepth-1)
		}
		if err == nil {
			values[i], err = argValue(one)
		}
		if err != nil {
			return nil, argError(i, err)
		}
	}
	return values, nil
}

// decodeArgs sets Args to the elements of a list and checks what is special in
// them.
func (o *Operation) decodeArgs(raw json.RawMessage) error {
	if raw[0] != '[' {
		return wrongKind("args", raw, "a list")
	}
	o.Args = nil
	return each(raw, func(_ string, at int) (int, error) {
		end := skipValue(raw, at)
		one := raw[at:end:end]
		if _, err := argValue(one); err != nil {
			return 0, argError(len(o.Args), err)
		}
		o.Args = append(o.Args, one)
		return end, nil
	})
}

// argValue is one of Values, of text without white space that inspect has taken.
func argValue(raw []byte) (any, error) {
	if plain(raw) {
		return json.RawMessage(raw), nil
	}
	v, _, err := (&valueReader{raw}).value(0)
	return v, err
}

// plain tells whether there is certainly nothing special in an argument.
func plain(raw []byte) bool {
	return !bytes.Contains(raw, []byte(binName)) && !bytes.Contains(raw, []byte(escName)) && !bytes.Contains(raw, []byte(`\u`))
}

// valueReader turns the form into values, in one pass.
type valueReader struct{ text []byte }

// value reads the value at i and returns where it ends. What holds nothing special
// stays as it is.
func (r *valueReader) value(i int) (v any, end int, err error) {
	switch r.text[i] {
	case '[':
		return r.array(i)
	case '{':
		name, from, to := r.marker(i)
		switch name {
		case binName:
			v, err := binary(r.text[from:to])
			return v, to + 1, err
		case escName:
			v, err := r.escaped(from)
			return v, to + 1, err
		}
		return r.object(i, false)
	}
	end = skipScalar(r.text, i)
	return json.RawMessage(r.text[i:end]), end, nil
}

// marker returns the name $bin or $esc of an object that has that one member, and
// where its value stands; "" for all else.
func (r *valueReader) marker(i int) (name string, from, to int) {
	if r.text[i] != '{' || r.text[i+1] == '}' {
		return "", 0, 0
	}
	from = skipString(r.text, i+1) + 1 // behind the colon
	name = unquote(r.text[i+1 : from-1])
	if name != binName && name != escName {
		return "", 0, 0
	}
	if to = skipValue(r.text, from); r.text[to] != '}' {
		return "", 0, 0
	}
	return name, from, to
}

// escaped reads what stands in $esc.
func (r *valueReader) escaped(i int) (any, error) {
	if name, _, _ := r.marker(i); name == "" {
		return nil, fmt.Errorf("%q holds something else than an object with the one member %q or %q", escName, binName, escName)
	}
	v, _, err := r.object(i, true)
	return v, err
}

func (r *valueReader) array(i int) (any, int, error) {
	from, special := i, false
	list := []any{}
	for i++; r.text[i] != ']'; {
		v, end, err := r.value(i)
		if err != nil {
			return nil, end, err
		}
		list = append(list, v)
		special = special || !isRaw(v)
		if i = end; r.text[i] == ',' {
			i++
		}
	}
	if special {
		return list, i + 1, nil
	}
	return json.RawMessage(r.text[from : i+1]), i + 1, nil
}

// object reads an object whose names are only names. A literal one is never left
// as its text.
func (r *valueReader) object(i int, literal bool) (any, int, error) {
	from, special := i, literal
	object := map[string]any{}
	for i++; r.text[i] != '}'; {
		end := skipString(r.text, i)
		name := unquote(r.text[i:end])
		if _, twice := object[name]; twice && (name == binName || name == escName) {
			return nil, end, fmt.Errorf("an object has %q twice", name)
		}
		v, end, err := r.value(end + 1) // behind the colon
		if err != nil {
			return nil, end, err
		}
		object[name] = v
		special = special || !isRaw(v)
		if i = end; r.text[i] == ',' {
			i++
		}
	}
	if special {
		return object, i + 1, nil
	}
	return json.RawMessage(r.text[from : i+1]), i + 1, nil
}

func isRaw(v any) bool {
	_, ok := v.(json.RawMessage)
	return ok
}

// binary reads the base64 of a $bin.
func binary(raw []byte) ([]byte, error) {
	if raw[0] != '"' {
		return nil, fmt.Errorf("%q holds %s where base64 should be", binName, kindOf(raw))
	}
	data, err := fromBase64(unquote(raw))
	if err != nil {
		return nil, fmt.Errorf("%q: %w", binName, err)
	}
	return data, nil
}

// fromBase64 takes only what has one way to be written. It never returns nil for none.
func fromBase64(text string) ([]byte, error) {
	data, err := base64.StdEncoding.DecodeString(text)
	switch {
	case err != nil:
		return nil, err
	case base64.StdEncoding.EncodeToString(data) != text:
		return nil, errors.New("it is not written as standard base64 with padding is")
	case data == nil:
		data = []byte{}
	}
	return data, nil
}

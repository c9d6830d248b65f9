//go:build !nocommon || !nomsgpack

package parser

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// cause is why a value can't be encoded: a sentence with its remedy, over the
// error that encoding/json has for it.
type cause struct {
	text string
	err  error
}

func (c *cause) Error() string { return c.text }
func (c *cause) Unwrap() error { return c.err }

func errType(t reflect.Type) error {
	return &cause{
		"a " + t.String() + " can't be sent: leave it out with the tag `json:\"-\"`, or give it a MarshalJSON",
		&json.UnsupportedTypeError{Type: t},
	}
}

func errFloat(f float64) error {
	s := strconv.FormatFloat(f, 'g', -1, 64)
	return &cause{s + " can't be sent: JSON has no such number", &json.UnsupportedValueError{Value: reflect.ValueOf(f), Str: s}}
}

func errCycle(t *plan) error {
	return &cause{
		"the value contains itself, by a " + t.name(),
		&json.UnsupportedValueError{Str: "encountered a cycle via " + t.name()},
	}
}

func errNumber(text string) error {
	return fmt.Errorf("%q is not a number of JSON", clip(text))
}

func errRange(text string) error {
	return fmt.Errorf("%s is beyond float64, the numbers of JavaScript: send it as a string", clip(text))
}

func errMarshal(t reflect.Type, method string, err error) error {
	return &cause{method + " of " + t.String() + ": " + err.Error(), &json.MarshalerError{Type: t, Err: err}}
}

func errTime(t *time.Time) error {
	_, err := t.MarshalJSON()
	return errMarshal(timeType, "MarshalJSON", err)
}

// name names the type of a plan; []any and map[string]any may have none.
func (t *plan) name() string {
	if t == nil {
		return "slice or map of any"
	}
	return t.typ.String()
}

// clip keeps a refused text short enough for an error message.
func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// step is one step of the way from an argument to a part of it.
type step struct {
	name  string
	index int // used when name is ""
	key   bool
}

func (c *coding) atField(err error, name string) error {
	c.path = append(c.path, step{name: name})
	return err
}

func (c *coding) atIndex(err error, i int) error {
	c.path = append(c.path, step{index: i})
	return err
}

func (c *coding) atKey(err error, key string) error {
	c.path = append(c.path, step{name: strings.Clone(key), key: true})
	return err
}

// argumentError makes the error of argument i from its cause and the steps that
// were noted on the way out.
func (c *coding) argumentError(i int, err error) error {
	const most = 12 // steps at either end of the path
	var s strings.Builder
	for n := len(c.path) - 1; n >= 0; n-- {
		if n >= most && n < len(c.path)-most {
			if n == most {
				s.WriteString("…")
			}
			continue
		}
		c.path[n].write(&s)
	}
	return &ArgumentError{Index: i, Path: s.String(), Err: err}
}

func (p step) write(s *strings.Builder) {
	switch {
	case p.name == "" && !p.key:
		fmt.Fprintf(s, "[%d]", p.index)
	case isWord(p.name):
		s.WriteString("." + p.name)
	default:
		fmt.Fprintf(s, "[%q]", clip(p.name))
	}
}

// isWord tells whether a name can stand behind a dot.
func isWord(s string) bool {
	for _, r := range s {
		if r != '_' && r != '$' && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z') && r < 0x80 {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

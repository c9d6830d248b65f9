//go:build !nocommon || !nomsgpack

package parser

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
)

var unmarshalerType = reflect.TypeFor[json.Unmarshaler]()

// assign puts a part of the document into dst. What has no binary in it is left
// to encoding/json.
func (d *document) assign(dst reflect.Value, at span) error {
	in := d.within(at)
	if len(in) == 0 || dst.Addr().Type().Implements(unmarshalerType) {
		return d.unmarshal(dst, at)
	}
	switch k := dst.Kind(); {
	case k == reflect.Pointer:
		if dst.IsNil() {
			dst.Set(reflect.New(dst.Type().Elem()))
		}
		return d.assign(dst.Elem(), at)
	case k == reflect.Interface && dst.NumMethod() == 0:
		v, err := d.generic(at)
		if err == nil {
			dst.Set(reflect.ValueOf(v))
		}
		return err
	case in[0].span == at:
		if k != reflect.Slice || dst.Type().Elem().Kind() != reflect.Uint8 {
			return fmt.Errorf("a binary does not fit into a %s: use []byte or any", dst.Type())
		}
		dst.SetBytes(append([]byte{}, in[0].data...))
		return nil
	case d.text[at.from] == '[' && (k == reflect.Slice || k == reflect.Array):
		return d.assignElements(dst, at)
	case d.text[at.from] == '{' && (k == reflect.Struct || k == reflect.Map):
		return d.assignMembers(dst, at)
	}
	return d.unmarshal(dst, at) // says what does not fit
}

func (d *document) unmarshal(dst reflect.Value, at span) error {
	return json.Unmarshal(d.text[at.from:at.to], dst.Addr().Interface())
}

// assignElements fills a slice or an array; an array takes as many as it holds.
func (d *document) assignElements(dst reflect.Value, at span) error {
	n := 0
	if dst.Kind() == reflect.Slice {
		dst.Set(reflect.MakeSlice(dst.Type(), 0, 0))
	} else {
		dst.SetZero()
	}
	return d.each(at, func(_ string, at span) error {
		if dst.Kind() == reflect.Slice {
			dst.Grow(1)
			dst.SetLen(n + 1)
		} else if n >= dst.Len() {
			return nil
		}
		if err := d.assign(dst.Index(n), at); err != nil {
			return d.atIndex(err, n)
		}
		n++
		return nil
	})
}

// assignMembers fills a struct or a map: the members without a binary by
// encoding/json, all at once, and then the others one by one.
func (d *document) assignMembers(dst reflect.Value, at span) error {
	plain := []byte{'{'}
	_ = d.each(at, func(name string, at span) error {
		if len(d.within(at)) == 0 {
			if len(plain) > 1 {
				plain = append(plain, ',')
			}
			plain = append(appendQuoted(plain, []byte(name)), ':')
			plain = append(plain, d.text[at.from:at.to]...)
		}
		return nil
	})
	if err := json.Unmarshal(append(plain, '}'), dst.Addr().Interface()); err != nil {
		return err
	}
	return d.each(at, func(name string, at span) (err error) {
		if len(d.within(at)) == 0 {
			return nil
		}
		if dst.Kind() == reflect.Map {
			err = d.assignEntry(dst, name, at)
		} else {
			err = d.assignField(dst, name, at)
		}
		if err != nil {
			return d.atKey(err, name)
		}
		return nil
	})
}

func (d *document) assignEntry(dst reflect.Value, name string, at span) error {
	// encoding/json turns the name into a key.
	keys := reflect.New(reflect.MapOf(dst.Type().Key(), anyType))
	one := append(appendQuoted([]byte{'{'}, []byte(name)), ":null}"...)
	if err := json.Unmarshal(one, keys.Interface()); err != nil {
		return err
	}
	v := reflect.New(dst.Type().Elem()).Elem()
	if err := d.assign(v, at); err != nil {
		return err
	}
	dst.SetMapIndex(keys.Elem().MapKeys()[0], v)
	return nil
}

// assignField puts a member into the field of its name; one that is not there is
// left out.
func (d *document) assignField(dst reflect.Value, name string, at span) error {
	c := lookup(dst.Type(), name)
	if c == nil {
		return nil
	}
	for _, i := range c.index {
		if dst.Kind() == reflect.Pointer {
			if dst.IsNil() && !dst.CanSet() {
				return fmt.Errorf("the embedded pointer to %s is nil and not exported", dst.Type().Elem())
			}
			if dst.IsNil() {
				dst.Set(reflect.New(dst.Type().Elem()))
			}
			dst = dst.Elem()
		}
		dst = dst.Field(i)
	}
	return d.assign(dst, at)
}

// lookup returns the field that a member belongs to: that of its name, otherwise
// the first of that name in other letters.
func lookup(t reflect.Type, name string) *candidate {
	fields := candidatesOf(t)
	for i := range fields {
		if fields[i].name == name {
			return &fields[i]
		}
	}
	for i := range fields {
		if strings.EqualFold(fields[i].name, name) {
			return &fields[i]
		}
	}
	return nil
}

var candidates sync.Map // reflect.Type -> []candidate

func candidatesOf(t reflect.Type) []candidate {
	if c, ok := candidates.Load(t); ok {
		return c.([]candidate)
	}
	c := dominant(collect(t))
	candidates.Store(t, c)
	return c
}

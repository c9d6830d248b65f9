//go:build !nocommon || !nomsgpack

package parser

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unsafe"
)

// field is a field of a struct, or of one embedded in it.
type field struct {
	name   string
	plan   *plan
	hops   []uintptr // offsets of the embedded pointers on the way
	offset uintptr   // from the struct, or from what the last hop points to
	absent func(unsafe.Pointer) bool
	always bool   // it is never left out
	text   string // `,"name":`
	pack   string // the name in msgpack
}

// at returns where the field of the struct at p lies, or nil when it is left out.
func (f *field) at(p unsafe.Pointer) unsafe.Pointer {
	for _, h := range f.hops {
		if p = *(*unsafe.Pointer)(unsafe.Add(p, h)); p == nil {
			return nil
		}
	}
	p = unsafe.Add(p, f.offset)
	if f.absent != nil && f.absent(p) {
		return nil
	}
	return p
}

// candidate is a field before the rules for fields of one name are applied.
type candidate struct {
	name    string
	tagged  bool
	index   []int
	options []string
}

// makeFields lists the fields that a struct is written with, in their order.
func makeFields(t reflect.Type, addr bool) []field {
	all := dominant(collect(t))
	fields := make([]field, len(all))
	for i, c := range all {
		fields[i] = c.field(t, addr)
	}
	return fields
}

// embedded is a struct whose fields are to be collected, and the way to it.
type embedded struct {
	typ   reflect.Type
	index []int
}

// collect lists the fields of t and of the structs embedded in it, level by
// level. A type counts at its highest level only; the fields of one that is there
// several times are listed twice, so that they hide each other.
func collect(t reflect.Type) (out []candidate) {
	seen := map[reflect.Type]bool{}
	level, times := []embedded{{typ: t}}, map[reflect.Type]int{}
	for len(level) > 0 {
		var below []embedded
		timesBelow := map[reflect.Type]int{}
		for _, e := range level {
			if seen[e.typ] {
				continue
			}
			seen[e.typ] = true
			fields, structs := e.fields()
			out = append(out, fields...)
			if times[e.typ] > 1 {
				out = append(out, fields...)
			}
			for _, s := range structs {
				timesBelow[s.typ]++
				below = append(below, s)
			}
		}
		level, times = below, timesBelow
	}
	return out
}

// fields lists the fields of a struct, and those that stand for their own fields.
func (e embedded) fields() (out []candidate, structs []embedded) {
	for i := range e.typ.NumField() {
		sf := e.typ.Field(i)
		tag := sf.Tag.Get("json")
		if tag == "-" || !visible(sf) {
			continue
		}
		index := append(slices.Clone(e.index), i)
		name, options, _ := strings.Cut(tag, ",")
		tagged := isTagName(name)
		if ft := pointedTo(sf.Type); !tagged && sf.Anonymous && ft.Kind() == reflect.Struct {
			structs = append(structs, embedded{ft, index})
			continue
		}
		if !tagged {
			name = sf.Name
		}
		out = append(out, candidate{name, tagged, index, strings.Split(options, ",")})
	}
	return out, structs
}

// visible tells whether a field, or what is embedded by it, may be written.
func visible(sf reflect.StructField) bool {
	if sf.IsExported() {
		return true
	}
	t := sf.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return sf.Anonymous && t.Kind() == reflect.Struct
}

func pointedTo(t reflect.Type) reflect.Type {
	if t.Name() == "" && t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

func isTagName(s string) bool {
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", r) {
			return false
		}
	}
	return s != ""
}

// dominant keeps of all fields of one name the one that is nearest, or the one
// that is nearest and has a tag, if there is just one.
func dominant(all []candidate) []candidate {
	slices.SortStableFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(len(a.index), len(b.index)), -compareBool(a.tagged, b.tagged))
	})
	var out []candidate
	for i := 0; i < len(all); {
		n := 1
		for i+n < len(all) && all[i+n].name == all[i].name {
			n++
		}
		if n == 1 || len(all[i].index) != len(all[i+1].index) || all[i].tagged != all[i+1].tagged {
			out = append(out, all[i])
		}
		i += n
	}
	slices.SortFunc(out, func(a, b candidate) int { return slices.Compare(a.index, b.index) })
	return out
}

func compareBool(a, b bool) int {
	if a == b {
		return 0
	}
	if a {
		return 1
	}
	return -1
}

func (c *candidate) field(t reflect.Type, addr bool) field {
	f := field{name: c.name, text: `,"` + c.name + `":`, pack: string(packStringHead(nil, len(c.name))) + c.name}
	for _, i := range c.index {
		if t.Kind() == reflect.Pointer {
			f.hops, f.offset = append(f.hops, f.offset), 0
			t, addr = t.Elem(), true
		}
		sf := t.Field(i)
		f.offset += sf.Offset
		t = sf.Type
	}
	f.plan = makePlan(t, addr)
	if slices.Contains(c.options, "string") {
		f.plan = quoted(f.plan, t, addr)
	}
	f.absent = absence(t, addr, slices.Contains(c.options, "omitempty"), slices.Contains(c.options, "omitzero"))
	f.always = f.absent == nil && len(f.hops) == 0
	return f
}

// quoted returns the plan of a scalar, or of a pointer to one, that is written in
// a string; other types stay as they are.
func quoted(p *plan, t reflect.Type, addr bool) *plan {
	if t.Name() == "" && t.Kind() == reflect.Pointer && p.op == opPointer {
		q := *p
		q.elem = quoted(p.elem, reflect.TypeFor[any](), true)
		return &q
	}
	if p.op == opNumber || p.op >= opBool && p.op <= opString {
		return &plan{op: opQuoted, typ: p.typ, elem: p}
	}
	return p
}

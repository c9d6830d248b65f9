package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/bench/contest"
)

// value is what is emitted.
type value struct {
	name string
	kind string
	json any
}

var sizes = []struct {
	name  string
	bytes int
}{{"16 B", 16}, {"1 KiB", 1 << 10}, {"64 KiB", 64 << 10}}

// Texts are repeated and cut to a size in bytes.
const (
	ascii    = "0123456789abcdef"
	mixed    = "Größe und 日本語, with some ASCII between. "
	cyrillic = "Привет, мир! Как дела? "
)

func values() []value {
	var all []value
	for _, t := range []struct{ name, text string }{{"ASCII", ascii}, {"mixed", mixed}, {"Cyrillic", cyrillic}} {
		for _, size := range sizes {
			all = append(all, value{t.name + " text, " + size.name, "text", cut(t.text, size.bytes)})
		}
	}
	return append(all,
		value{"struct, 10 fields", "struct", map[string]any{
			"id": 4711, "customer": "Ada Lovelace", "email": "ada@example.org", "items": []string{"gear", "lever"}, "total": 98.6,
			"currency": "GBP", "quantity": 12, "paid": true, "placed": 1_795_608_000_000, "note": "by the back door"}},
		value{"nested map", "map", map[string]any{
			"id": 5, "name": "Ada", "tags": []any{"x", "y"}, "score": 98.6, "of": map[string]any{"ok": true, "in": map[string]any{"n": 1}}}},
		value{"bytes, 1 KiB", "bytes", 1 << 10},
		value{"bytes, 64 KiB", "bytes", 64 << 10},
	)
}

// cut repeats a text to a length in bytes, at most, and leaves no character in half.
func cut(text string, n int) string {
	s := strings.Repeat(text, n/len(text)+1)[:n]
	return strings.ToValidUTF8(s, "")
}

var parsers = []string{emitter.Common.String(), emitter.Msgpack.String()}

const (
	ours        = "emitter"
	rust        = "Rust"
	js          = "JavaScript"
	memcpy      = "memcpy"
	validMemcpy = "valid+memcpy"
	jsonEncoder = "encoding/json"
)

// encoding compares a whole emit, up to the bytes that a driver would send.
func encoding(f *field, effort contest.Effort) ([]*contest.Row, error) {
	t := team{f: f}
	emitters, limits, rustEmitter, jsEmitter := t.goes("the emitter"), t.goes("the limits"), t.rust(), t.js()
	if t.err != nil {
		return nil, t.err
	}
	var rows []*contest.Row
	for _, v := range values() {
		for _, parser := range parsers {
			c := contest.Case{Kind: v.kind, Value: v.json, Parser: parser}
			r := &contest.Row{Name: v.name, Parser: parser}
			r.Add(ours, emitters, c.Of("encode"))
			r.Add(rust, rustEmitter, c.Of("encode"))
			r.Add(js, jsEmitter, c.Of("encode"))
			r.Add(memcpy, limits, c.Of("memcpy"))
			if v.kind == "text" {
				r.Add(validMemcpy, limits, c.Of("valid memcpy"))
			}
			r.Add(jsonEncoder, limits, c.Of("json"))
			rows = append(rows, r)
		}
	}
	return rows, measure(rows, effort)
}

func (r *run) encoding(context.Context) (s section, err error) {
	f := &field{programs: r.programs}
	defer func() { err = errors.Join(err, f.stop()) }()
	rows, err := encoding(f, r.effort(
		contest.Effort{Rounds: 25, Span: 20 * time.Millisecond},
		contest.Effort{Rounds: 21, Span: 3 * time.Millisecond},
	))
	if err != nil {
		return s, err
	}
	s.Title = "Encoding"
	s.About = "A whole emit in one goroutine, up to the bytes that a driver would send."
	ns := func(e *contest.Entry) string { return fmt.Sprintf("%.0f", e.Best().NS) }
	wire := func(e *contest.Entry) string { return fmt.Sprint(e.Best().Bytes) }
	allocs := func(e *contest.Entry) string { return fmt.Sprintf("%.0f", e.Best().Allocs) }
	s.Tables = []table{tabulate("value, parser", rows, []column{
		of(ours, "ns", ns), of(rust, "Rust ns", ns),
		timesAsFast(ours, rust, "times as fast as Rust"),
		timesAsFast(ours, js, "as JavaScript"),
		timesAsFast(ours, jsonEncoder, "as encoding/json"),
		timesItsTime(ours, memcpy, "times memcpy's time"),
		timesItsTime(ours, validMemcpy, "of utf8.Valid and memcpy"),
		of(ours, "bytes on the wire", wire), of(rust, "Rust's", wire),
		of(ours, "allocations", allocs), of(rust, "Rust's", allocs),
	})}
	s.Verdicts, err = judge(r.aims, s.Title, rows)
	return s, err
}

//go:build !nocommon && !nomsgpack

package parser

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/sioxide/emitter/protocol"
)

// BenchmarkEncode measures each parser with the value put together in one buffer,
// as every driver does at least once, beside a copy of as many bytes and
// encoding/json of the same value.
func BenchmarkEncode(b *testing.B) {
	for _, c := range []sample{
		{"string 16 B", "0123456789abcdef"}, {"string 1 KiB", strings.Repeat("0123456789abcdef", 64)}, {"string 64 KiB", strings.Repeat("0123456789abcdef", 4096)},
		{"text 64 KiB", strings.Repeat("Größe und 日本語, ", 3120)}, {"lines 64 KiB", strings.Repeat("a line of some length, as in a log file, with an end\n", 1237)},
		{"bytes 1 KiB", bytes.Repeat([]byte("x"), 1024)}, {"bytes 64 KiB", bytes.Repeat([]byte("x"), 65536)},
		{"struct", newAccount()}, {"structs 100", accounts(100)}, {"map", map[string]any{"id": 5, "name": "Ada", "tags": []any{"x", "y"}, "score": 98.6, "nested": map[string]any{"ok": true}}},
		{"raw 1 KiB", json.RawMessage(rawText(8))}, {"raw 64 KiB", json.RawMessage(rawText(512))}, {"int", 123456}, {"floats", []float64{0.1, 98.6, 3.14159, 1e21}}, {"binaries", &fields{Blob: Blob("x"), Plain: []byte("y")}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for _, parser := range []string{"common", "msgpack"} {
				b.Run(parser, func(b *testing.B) { benchmarkEncode(b, parsers[parser], c.value) })
			}
			b.Run("json", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					_, _ = json.Marshal(c.value)
				}
			})
			b.Run("memcpy", func(b *testing.B) { benchmarkCopy(b, c.value) })
		})
	}
}

func benchmarkEncode(b *testing.B, encode encodeFunc, arg any) {
	var buf Buffer
	var wire []byte
	args := []any{arg}
	b.ReportAllocs()
	for b.Loop() {
		v, err := encode(&buf, "event", args)
		if err != nil {
			b.Fatal(err)
		}
		wire = v.AppendData(wire[:0])
		for _, a := range v.Attachments {
			wire = append(wire, a...)
		}
		buf.Reset()
	}
	b.SetBytes(int64(len(wire)))
}

func benchmarkCopy(b *testing.B, arg any) {
	var buf Buffer
	v, err := buf.Msgpack("event", []any{arg})
	if err != nil {
		b.Fatal(err)
	}
	src := v.AppendData(nil)
	dst := make([]byte, len(src))
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		copy(dst, src)
	}
}

// BenchmarkDecode measures the answers' way.
func BenchmarkDecode(b *testing.B) {
	for parser, v := range answers(b, newAccount()) {
		b.Run(parser, func(b *testing.B) { benchmarkDecode(b, v, new(account)) })
	}
	for parser, v := range answers(b, fullPhoto()) {
		b.Run("binaries/"+parser, func(b *testing.B) { benchmarkDecode(b, v, new(photo)) })
	}
}

func benchmarkDecode(b *testing.B, v *protocol.Value, dst any) {
	b.ReportAllocs()
	for b.Loop() {
		if err := Decode(v, dst); err != nil {
			b.Fatal(err)
		}
	}
}

func accounts(n int) []*account {
	out := make([]*account, n)
	for i := range out {
		out[i] = newAccount()
	}
	return out
}

func rawText(n int) string {
	return "[" + strings.Repeat(`{"id":123456,"name":"Ada Lovelace","email":"ada@example.org","score":98.6,"active":true,"tags":["math","poetry"],"note":"a\nb"},`, n) + "null]"
}

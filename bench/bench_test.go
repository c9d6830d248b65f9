package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sioxide/emitter"
)

// BenchmarkEmit is the table's subject for profiles: go test -bench Emit -cpuprofile.
func BenchmarkEmit(b *testing.B) {
	for _, s := range subjects() {
		for _, p := range []emitter.Parser{emitter.Common, emitter.Msgpack} {
			b.Run(fmt.Sprintf("%s/%v", s.name, p), func(b *testing.B) {
				run := emitting(new(discard), p, s.value)
				b.SetBytes(int64(len(s.text)))
				b.ReportAllocs()
				for b.Loop() {
					if err := run(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func TestTable(t *testing.T) {
	rows, err := measure(subjects(), 1, time.Microsecond)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.wire < len(r.subject.text)/2 {
			t.Errorf("%s, %v: %d bytes on the wire for a value of %d", r.subject.name, r.parser, r.wire, len(r.subject.text))
		}
	}
	var out strings.Builder
	if err := printTable(&out, rows); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Count(out.String(), "\n"), len(rows)+1; got != want {
		t.Errorf("the table has %d lines, want %d:\n%s", got, want, &out)
	}
}

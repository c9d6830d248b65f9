package pgsource_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/outbox/pgxoutbox"
	"github.com/sioxide/emitter/relay"
	"github.com/sioxide/emitter/relay/pgsource"
)

// row is what an operation of a usual size looks like.
const row = `{"v":1,"id":"AAAAAAAAAAAAAAAA","op":"emit","to":["order:42"],"event":"paid","args":[{"order":42,"sum":"12.50"}],"at":"2026-01-01T00:00:00Z"}`

// BenchmarkFetchSettle takes rows out of a table, by batches of so many.
func BenchmarkFetchSettle(b *testing.B) {
	for _, batch := range []int{1, 100, 500} {
		b.Run(strconv.Itoa(batch), func(b *testing.B) {
			p := newPlace(b)
			p.exec(b, `insert into `+p.inSQL("")+` (key, data) select 'key' || n % 100, $1 from generate_series(1, $2::int8) n`, row, b.N*batch)
			p.exec(b, `analyze `+p.inSQL(""))
			s := pgsource.New(p.pool, pgsource.Table(p.name))
			defer s.Close(context.Background())
			n := 0
			b.ResetTimer()
			for n < b.N*batch {
				got, err := s.Fetch(b.Context(), batch, 1<<20)
				if err != nil {
					b.Fatal(err)
				}
				done := make([]relay.Outcome, len(got))
				for i := range got {
					done[i].Message = got[i]
				}
				if err := s.Settle(b.Context(), done); err != nil {
					b.Fatal(err)
				}
				n += len(got)
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkInsert has an emit into the table beside a bare insert of the same row
// through the same pool, in turns.
func BenchmarkInsert(b *testing.B) {
	p := newPlace(b)
	io := emitter.New(pgxoutbox.New(p.pool, pgxoutbox.Table(p.name))).To("order:42")
	args := map[string]any{"order": 42, "sum": "12.50"}
	insert := fmt.Sprintf(`insert into %s (key, data) values ($1::text, $2::text)`, p.inSQL(""))
	var bare, ours time.Duration
	const n = 50
	for i := range b.N {
		runs := []func(){
			func() {
				start := time.Now()
				for range n {
					p.exec(b, insert, "socket.io#/", row)
				}
				bare += time.Since(start)
			},
			func() {
				start := time.Now()
				for range n {
					if err := io.Emit(b.Context(), "paid", args); err != nil {
						b.Fatal(err)
					}
				}
				ours += time.Since(start)
			},
		}
		runs[i%2]()
		runs[1-i%2]()
	}
	b.ReportMetric(float64(n*b.N)/ours.Seconds(), "ours/s")
	b.ReportMetric(float64(n*b.N)/bare.Seconds(), "bare/s")
	b.ReportMetric(float64(ours)/float64(bare), "ratio")
	b.ReportMetric(0, "ns/op")
}

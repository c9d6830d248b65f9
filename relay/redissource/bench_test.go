package redissource_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter/driver/drivertest/redistest"
	"github.com/sioxide/emitter/relay"
)

// BenchmarkFetchSettle takes entries out of a stream, by batches of so many.
func BenchmarkFetchSettle(b *testing.B) {
	const data = `{"v":1,"id":"AAAAAAAAAAAAAAAA","op":"emit","to":["order:42"],"event":"paid","args":[{"order":42,"sum":"12.50"}],"at":"2026-01-01T00:00:00Z"}`
	for _, batch := range []int{1, 100, 500} {
		b.Run(strconv.Itoa(batch), func(b *testing.B) {
			p := newPlace(b, 1, redistest.Start(b).Addr)
			for range b.N {
				_, err := p.client.Pipelined(b.Context(), func(pipe redis.Pipeliner) error {
					for range batch {
						pipe.XAdd(b.Context(), &redis.XAddArgs{Stream: p.name, Values: []any{"key", "key", "data", data}})
					}
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			s := p.source(p.client)
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
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "entries/s")
		})
	}
}

package relay_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
	"github.com/sioxide/emitter/driver/redisdriver"
	"github.com/sioxide/emitter/emittertest"
	"github.com/sioxide/emitter/relay"
)

// endless is a source that has n messages and costs nothing.
type endless struct {
	n, next, settled int
	data             [][]byte
	done             func()
}

func newEndless(n int, done func()) *endless {
	e := &endless{n: n, done: done}
	for i := range n {
		e.data = append(e.data, fmt.Appendf(nil, `{"id":"%d","op":"emit","to":["news"],"event":"headline","args":["hello",{"n":%d}],"at":"2026-01-31T15:04:05Z"}`, i, i))
	}
	return e
}

func (e *endless) Fetch(ctx context.Context, most, _ int) (list []relay.Message, err error) {
	if e.next == e.n {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	for ; len(list) < most && e.next < e.n; e.next++ {
		list = append(list, relay.Message{Key: "socket.io#/", ID: "x", Data: e.data[e.next]})
	}
	return list, nil
}

func (e *endless) Settle(_ context.Context, outcomes []relay.Outcome) error {
	if e.settled += len(outcomes); e.settled == e.n {
		e.done()
	}
	return nil
}

func (e *endless) Release(context.Context) error                 { return nil }
func (e *endless) Lag(context.Context) (int64, time.Time, error) { return 0, time.Time{}, nil }
func (e *endless) Close(context.Context) error                   { return nil }

func benchmark(b *testing.B, driver emitter.Driver) {
	b.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	source := newEndless(b.N, cancel)
	r := relay.New(source, driver)
	b.ReportAllocs()
	b.ResetTimer()
	if err := r.Run(ctx); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
	if s := r.Stats(); s.Performed != uint64(b.N) {
		b.Fatalf("%+v", s)
	}
}

// BenchmarkMemory is the relay by itself.
func BenchmarkMemory(b *testing.B) { benchmark(b, emittertest.NewCluster(1)) }

// BenchmarkRedis is a real Redis, and a server that takes everything.
func BenchmarkRedis(b *testing.B) {
	server := redistest.Start(b)
	startNode(b, server.Addr)
	driver := redisdriver.New(clientOf(b, server.Addr))
	b.Cleanup(func() { _ = driver.Close() })
	benchmark(b, driver)
}

// BenchmarkRedisBatch is the same batch without a relay.
func BenchmarkRedisBatch(b *testing.B) {
	server := redistest.Start(b)
	startNode(b, server.Addr)
	driver := redisdriver.New(clientOf(b, server.Addr))
	b.Cleanup(func() { _ = driver.Close() })
	batch := emitter.NewBatch(driver, emitter.Window(0))
	io := emitter.New(driver).Via(batch).To("news")
	for i := range b.N {
		if err := io.Emit(b.Context(), "headline", "hello", map[string]int{"n": i}); err != nil {
			b.Fatal(err)
		}
	}
	if err := batch.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
}

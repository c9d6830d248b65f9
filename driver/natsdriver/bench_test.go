package natsdriver_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/sioxide/emitter/driver/drivertest/natstest"
	"github.com/sioxide/emitter/driver/natsdriver"
	"github.com/sioxide/emitter/protocol"
)

// The benchmarks compare the driver with the client alone, on a real nats-server: go
// test -bench . -benchtime 51x. Each iteration is a round, in which all have their turn:
// bare publishes and flushes for each message, as is needed to know that the server took
// it; blind publishes and flushes once, at the end. The ratios are of the medians.

func sized(n int) *protocol.Request {
	req := event("/", string(bytes.Repeat([]byte("x"), n)))
	return req
}

// contest gives each its turn, in changing order.
func contest(b *testing.B, events int, turns ...func() error) {
	b.Helper()
	took := make([][]time.Duration, len(turns))
	round := func(n int) {
		for k := range turns {
			i := (k + n) % len(turns)
			start := time.Now()
			if err := turns[i](); err != nil {
				b.Fatal(err)
			}
			took[i] = append(took[i], time.Since(start))
		}
	}
	round(0)
	clear(took)
	for n := range b.N {
		round(n)
	}
	medians := make([]float64, len(turns))
	for i, d := range took {
		slices.Sort(d)
		medians[i] = d[len(d)/2].Seconds()
	}
	b.ReportMetric(medians[2]/medians[0], "driver/bare")
	b.ReportMetric(medians[2]/medians[1], "driver/blind")
	b.ReportMetric(float64(events)/medians[0], "bare/s")
	b.ReportMetric(float64(events)/medians[1], "blind/s")
	b.ReportMetric(float64(events)/medians[2], "driver/s")
	b.ReportMetric(0, "ns/op")
}

func publish(conn *nats.Conn, data []byte) error {
	if err := conn.Publish("socket=2Eio.request.=2F", data); err != nil {
		return err
	}
	return conn.Flush()
}

func repeat(n int, do func() error) error {
	for range n {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// concurrently shares n calls among goroutines.
func concurrently(goroutines, n int, do func() error) error {
	var (
		wg   sync.WaitGroup
		left atomic.Int64
		bad  atomic.Pointer[error]
	)
	left.Store(int64(n))
	for range goroutines {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if err := do(); err != nil {
					bad.Store(&err)
				}
			}
		})
	}
	wg.Wait()
	if err := bad.Load(); err != nil {
		return *err
	}
	return nil
}

func BenchmarkSend(b *testing.B) {
	conn := connect(b, natstest.Start(b).Addr)
	for _, size := range []int{16, 1 << 10, 64 << 10} {
		for _, goroutines := range []int{1, 64, 512} {
			b.Run(fmt.Sprintf("%dB/%d", size, goroutines), func(b *testing.B) {
				d := natsdriver.New(conn)
				defer d.Close()
				req := sized(size)
				data, events := req.AppendMsgpack(nil), 200+10*goroutines
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				contest(b, events,
					func() error {
						return concurrently(goroutines, events, func() error { return publish(conn, data) })
					},
					func() error {
						err := concurrently(goroutines, events, func() error { return conn.Publish("socket=2Eio.request.=2F", data) })
						if err != nil {
							return err
						}
						return conn.Flush()
					},
					func() error {
						return concurrently(goroutines, events, func() error { _, err := d.Send(ctx, req); return err })
					})
			})
		}
	}
}

func BenchmarkSendAll(b *testing.B) {
	conn := connect(b, natstest.Start(b).Addr)
	for _, size := range []int{16, 1 << 10} {
		b.Run(fmt.Sprintf("%dB/512", size), func(b *testing.B) {
			const batch, batches = 512, 10
			d := natsdriver.New(conn)
			defer d.Close()
			req := sized(size)
			data := req.AppendMsgpack(nil)
			reqs, servers, errs := slices.Repeat([]*protocol.Request{req}, batch), make([]int, batch), make([]error, batch)
			contest(b, batch*batches,
				func() error { return repeat(batches, func() error { return repeatFlush(conn, data, batch) }) },
				func() error {
					if err := repeat(batch*batches, func() error { return conn.Publish("socket=2Eio.request.=2F", data) }); err != nil {
						return err
					}
					return conn.Flush()
				},
				func() error {
					return repeat(batches, func() error { return d.SendAll(context.Background(), reqs, servers, errs) })
				})
		})
	}
}

// repeatFlush publishes n messages and flushes once.
func repeatFlush(conn *nats.Conn, data []byte, n int) error {
	if err := repeat(n, func() error { return conn.Publish("socket=2Eio.request.=2F", data) }); err != nil {
		return err
	}
	return conn.Flush()
}

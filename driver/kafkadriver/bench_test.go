package kafkadriver_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/kafkadriver"
	"github.com/sioxide/emitter/protocol"
)

// The benchmarks compare the driver with the client alone, which produces records that
// are encoded already: go test -run '^$' -bench . -benchtime 51x. Each iteration is a
// round, in which both have their turn; driver/bare is the ratio of the medians.

var sizes = []struct {
	name   string
	bytes  int
	perRun int // records in a turn
}{{"16B", 16, 200}, {"1KiB", 1 << 10, 200}, {"64KiB", 64 << 10, 40}}

func sized(n int) *protocol.Request {
	return &protocol.Request{
		Prefix: "socket.io", Namespace: "/", Node: protocol.NewNodeID(), ID: protocol.NewID(),
		Type: protocol.Broadcast,
		Packet: protocol.Packet{Namespace: "/", Type: protocol.Event,
			Data: protocol.Value{Data: fmt.Appendf(nil, `["e",%q]`, bytes.Repeat([]byte("x"), n))}},
		Opts: protocol.Opts{Flags: protocol.FlagBroadcast},
	}
}

// pair is a driver and a client alone, each with connections of its own.
type pair struct {
	driver *kafkadriver.Driver
	client *kgo.Client
	key    []byte
}

func newPair(b *testing.B) *pair {
	b.Helper()
	addr := realKafka(b).Addr
	return &pair{
		driver: kafkadriver.New(client(b, addr)), client: client(b, addr),
		key: []byte(emitter.RequestChannel("socket.io", "/", "")),
	}
}

// bare produces n records with one call.
func (p *pair) bare(value []byte, n int) error {
	records := make([]*kgo.Record, n)
	for i := range records {
		records[i] = &kgo.Record{Topic: "socket.io", Key: p.key, Value: value}
	}
	return p.client.ProduceSync(context.Background(), records...).FirstErr()
}

func (p *pair) send(req *protocol.Request) error {
	_, err := p.driver.Send(context.Background(), req)
	return err
}

// compare gives both their turns, in changing order.
func compare(b *testing.B, records int, bare, driver func() error) {
	b.Helper()
	turns := [2]func() error{bare, driver}
	var took [2][]time.Duration
	round := func() {
		first := len(took[0]) % 2
		for _, i := range []int{first, 1 - first} {
			start := time.Now()
			if err := turns[i](); err != nil {
				b.Fatal(err)
			}
			took[i] = append(took[i], time.Since(start))
		}
	}
	round()
	round() // connections are open, code is compiled
	took = [2][]time.Duration{}
	for range b.N {
		round()
	}
	perSecond := func(i int) float64 { return float64(records) / median(took[i]).Seconds() }
	b.ReportMetric(float64(median(took[1]))/float64(median(took[0])), "driver/bare")
	b.ReportMetric(perSecond(0), "bare-records/s")
	b.ReportMetric(perSecond(1), "driver-records/s")
	b.ReportMetric(0, "ns/op")
}

func median(d []time.Duration) time.Duration {
	d = slices.Sorted(slices.Values(d))
	return d[len(d)/2]
}

func BenchmarkSingle(b *testing.B) {
	p := newPair(b)
	for _, size := range sizes {
		b.Run(size.name, func(b *testing.B) {
			req := sized(size.bytes)
			value := req.AppendMsgpack(nil)
			compare(b, size.perRun, func() error {
				return concurrently(1, size.perRun, func() error { return p.bare(value, 1) })
			}, func() error {
				return concurrently(1, size.perRun, func() error { return p.send(req) })
			})
		})
	}
}

func BenchmarkConcurrent(b *testing.B) {
	p := newPair(b)
	for _, size := range sizes {
		b.Run(size.name+"/64", func(b *testing.B) {
			req, records := sized(size.bytes), 10*size.perRun
			value := req.AppendMsgpack(nil)
			compare(b, records, func() error {
				return concurrently(64, records, func() error { return p.bare(value, 1) })
			}, func() error {
				return concurrently(64, records, func() error { return p.send(req) })
			})
		})
	}
}

func BenchmarkSendAll(b *testing.B) {
	p := newPair(b)
	for _, size := range sizes[:2] {
		b.Run(size.name+"/512", func(b *testing.B) {
			const n = 512
			req := sized(size.bytes)
			value := req.AppendMsgpack(nil)
			reqs, servers, errs := slices.Repeat([]*protocol.Request{req}, n), make([]int, n), make([]error, n)
			compare(b, 4*n, func() error {
				return concurrently(1, 4, func() error { return p.bare(value, n) })
			}, func() error {
				return concurrently(1, 4, func() error { return p.driver.SendAll(context.Background(), reqs, servers, errs) })
			})
		})
	}
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
					return
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

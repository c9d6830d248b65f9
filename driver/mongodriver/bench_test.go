package mongodriver

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sioxide/emitter/driver/drivertest/mongotest"
	"github.com/sioxide/emitter/protocol"
)

// The benchmarks compare the driver with the client alone, which inserts documents
// that are encoded already: go test -bench . -benchtime 101x. Each iteration is a
// round, in which both have their turn; driver/bare is the ratio of the medians.

var sizes = []struct {
	name   string
	bytes  int
	perRun int // inserts in a turn
}{{"16B", 16, 100}, {"1KiB", 1 << 10, 50}, {"64KiB", 64 << 10, 20}}

func sized(n int) *protocol.Request {
	return &protocol.Request{
		Prefix: defaultPrefix, Namespace: "/", Node: protocol.NewNodeID(), ID: protocol.NewID(),
		Type: protocol.Broadcast,
		Packet: protocol.Packet{Namespace: "/", Type: protocol.Event,
			Data: protocol.Value{Data: fmt.Appendf(nil, `["e",%q]`, bytes.Repeat([]byte("x"), n))}},
		Opts: protocol.Opts{Flags: protocol.FlagBroadcast},
	}
}

// bare inserts equal documents, each with an _id of its own.
type bare struct {
	collection *mongo.Collection
	doc        []byte
}

func newBare(b *testing.B, c *mongo.Collection, req *protocol.Request) bare {
	b.Helper()
	var w wire
	if err := w.encode(req); err != nil {
		b.Fatal(err)
	}
	return bare{c, w.req.Raw}
}

func (b bare) next(into []byte) bson.Raw {
	into = append(into[:0], b.doc...)
	id := bson.NewObjectID()
	copy(into[lengthLen+len(idHead):], id[:])
	return into
}

func (b bare) one(buf *[]byte) error {
	*buf = b.next(*buf)
	_, err := b.collection.InsertOne(context.Background(), bson.Raw(*buf))
	return err
}

func (b bare) many(n int) error {
	docs := make([]any, n)
	for i := range docs {
		docs[i] = b.next(nil)
	}
	_, err := b.collection.InsertMany(context.Background(), docs)
	return err
}

func benchCollection(b *testing.B) *mongo.Collection {
	b.Helper()
	s := mongotest.Start(b)
	client, err := mongo.Connect(options.Client().ApplyURI(s.URL()))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	return client.Database("bench").Collection(Collection)
}

// compare gives both their turns, in changing order.
func compare(b *testing.B, c *mongo.Collection, events int, bare, driver func() error) {
	b.Helper()
	turns := [2]func() error{bare, driver}
	var took [2][]time.Duration
	round := func() {
		first := len(took[0]) % 2
		for _, i := range []int{first, 1 - first} {
			if err := c.Drop(context.Background()); err != nil {
				b.Fatal(err)
			}
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
	perSecond := func(i int) float64 { return float64(events) / median(took[i]).Seconds() }
	b.ReportMetric(float64(median(took[1]))/float64(median(took[0])), "driver/bare")
	b.ReportMetric(perSecond(0), "bare-events/s")
	b.ReportMetric(perSecond(1), "driver-events/s")
	b.ReportMetric(0, "ns/op")
}

func median(d []time.Duration) time.Duration {
	d = slices.Sorted(slices.Values(d))
	return d[len(d)/2]
}

func BenchmarkSingle(b *testing.B) {
	c := benchCollection(b)
	for _, size := range sizes {
		b.Run(size.name, func(b *testing.B) {
			req := sized(size.bytes)
			d, alone, buf := New(c), newBare(b, c, req), []byte(nil)
			compare(b, c, size.perRun, func() error {
				return repeat(size.perRun, func() error { return alone.one(&buf) })
			}, func() error {
				return repeat(size.perRun, func() error { _, err := d.Send(context.Background(), req); return err })
			})
		})
	}
}

func BenchmarkBatched(b *testing.B) {
	c := benchCollection(b)
	for _, size := range sizes {
		b.Run(size.name, func(b *testing.B) {
			batch := min(100, 2*size.perRun)
			req := sized(size.bytes)
			d, alone := New(c), newBare(b, c, req)
			reqs, servers, errs := slices.Repeat([]*protocol.Request{req}, batch), make([]int, batch), make([]error, batch)
			batches := 4 * size.perRun / batch
			compare(b, c, batches*batch, func() error {
				return repeat(batches, func() error { return alone.many(batch) })
			}, func() error {
				return repeat(batches, func() error { return d.SendAll(context.Background(), reqs, servers, errs) })
			})
		})
	}
}

func BenchmarkConcurrent(b *testing.B) {
	c := benchCollection(b)
	for _, size := range sizes {
		for _, goroutines := range []int{8, 64} {
			b.Run(fmt.Sprintf("%s/%d", size.name, goroutines), func(b *testing.B) {
				req := sized(size.bytes)
				d, alone := New(c), newBare(b, c, req)
				events := 4 * size.perRun
				compare(b, c, events, func() error {
					return concurrently(goroutines, events, func() func() error {
						var buf []byte
						return func() error { return alone.one(&buf) }
					})
				}, func() error {
					return concurrently(goroutines, events, func() func() error {
						return func() error { _, err := d.Send(context.Background(), req); return err }
					})
				})
			})
		}
	}
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
func concurrently(goroutines, n int, worker func() func() error) error {
	var (
		wg   sync.WaitGroup
		left atomic.Int64
		bad  atomic.Pointer[error]
	)
	left.Store(int64(n))
	for range goroutines {
		wg.Go(func() {
			do := worker()
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

// BenchmarkDocument is what writing a document costs.
func BenchmarkDocument(b *testing.B) {
	for _, size := range sizes {
		b.Run(size.name, func(b *testing.B) {
			req, w := sized(size.bytes), new(wire)
			b.SetBytes(int64(size.bytes))
			b.ReportAllocs()
			for b.Loop() {
				if err := w.encode(req); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

package redisdriver_test

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
	"github.com/sioxide/emitter/driver/redisdriver"
	"github.com/sioxide/emitter/protocol"
)

var sizes = []struct {
	name  string
	bytes int
}{{"16B", 16}, {"1KiB", 1 << 10}, {"64KiB", 64 << 10}}

func sized(n int) *protocol.Request {
	return request("/", string(bytes.Repeat([]byte("x"), n)))
}

// BenchmarkSend compares the driver with the client alone, which publishes bytes
// that are encoded already.
func BenchmarkSend(b *testing.B) {
	s := redistest.Start(b)
	client := redis.NewClient(&redis.Options{Addr: s.Addr})
	defer client.Close()
	d := redisdriver.New(client)
	cancelable, cancel := context.WithCancel(context.Background())
	defer cancel()
	for _, size := range sizes {
		req := sized(size.bytes)
		wire, channel := req.AppendMsgpack(nil), emitter.RequestChannel(req.Prefix, req.Namespace, "")
		for _, goroutines := range []int{1, 64, 512} {
			name := fmt.Sprintf("%s/%d", size.name, goroutines)
			parallel(b, name+"/client", len(wire), goroutines, func() error {
				return client.Publish(context.Background(), channel, wire).Err()
			})
			parallel(b, name+"/driver", len(wire), goroutines, func() error {
				_, err := d.Send(context.Background(), req)
				return err
			})
			parallel(b, name+"/driver,cancelable", len(wire), goroutines, func() error {
				_, err := d.Send(cancelable, req)
				return err
			})
		}
	}
}

func parallel(b *testing.B, name string, size, goroutines int, send func() error) {
	b.Run(name, func(b *testing.B) {
		b.SetBytes(int64(size))
		b.ReportAllocs()
		if goroutines == 1 {
			for b.Loop() {
				if err := send(); err != nil {
					b.Fatal(err)
				}
			}
			return
		}
		b.SetParallelism((goroutines + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0))
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := send(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
}

// BenchmarkSendAll compares the driver with a pipeline of the client; one op is one
// request.
func BenchmarkSendAll(b *testing.B) {
	s := redistest.Start(b)
	client := redis.NewClient(&redis.Options{Addr: s.Addr})
	defer client.Close()
	d := redisdriver.New(client)
	for _, size := range sizes {
		req := sized(size.bytes)
		wire, channel := req.AppendMsgpack(nil), emitter.RequestChannel(req.Prefix, req.Namespace, "")
		for _, n := range []int{64, 512} {
			reqs := make([]*protocol.Request, n)
			for i := range reqs {
				reqs[i] = req
			}
			servers, errs := make([]int, n), make([]error, n)
			name := fmt.Sprintf("%s/%d", size.name, n)
			inAll(b, name+"/client", len(wire), n, func() error {
				p := client.Pipeline()
				for range n {
					p.Publish(context.Background(), channel, wire)
				}
				_, err := p.Exec(context.Background())
				return err
			})
			inAll(b, name+"/driver", len(wire), n, func() error {
				return d.SendAll(context.Background(), reqs, servers, errs)
			})
		}
	}
}

func inAll(b *testing.B, name string, size, n int, send func() error) {
	b.Run(name, func(b *testing.B) {
		b.SetBytes(int64(size))
		b.ReportAllocs()
		for i := 0; i < b.N; i += n {
			if err := send(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

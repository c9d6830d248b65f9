package soak

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/conformance/internal/rustserver"
	"github.com/sioxide/emitter/driver/drivertest/netproxy"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
	"github.com/sioxide/emitter/protocol"
)

// destination is the cluster: a Redis, which relays reach through a proxy, and servers
// of socketioxide. Those do not subscribe again when they have lost Redis, so they
// restart with it.
type destination struct {
	t       testing.TB
	ledger  *ledger
	redis   *redistest.Server
	proxy   *netproxy.Proxy
	servers [servers]*rustserver.Server
	reader  *reader
	marks   atomic.Int64
}

func startDestination(t testing.TB, l *ledger) *destination {
	t.Helper()
	d := &destination{t: t, ledger: l, redis: redistest.Start(t, "--client-output-buffer-limit", "pubsub 0 0 0")}
	d.proxy = netproxy.New(t, d.redis.Addr, nil)
	d.observe()
	t.Cleanup(func() { d.reader.close() })
	for i := range d.servers {
		d.startServer(i)
		t.Cleanup(func() { d.servers[i].Kill() })
	}
	return d
}

func (d *destination) url() string { return "redis://" + d.proxy.Addr }

func (d *destination) startServer(i int) {
	d.t.Helper()
	d.ledger.serve(1)
	s, err := rustserver.Start(rustserver.Config{
		Set: rustserver.Current, Driver: rustserver.Redis, URLs: []string{"redis://" + d.redis.Addr + "?protocol=resp3"},
		Prefixes: []string{emitter.DefaultPrefix}, Parser: "common",
	})
	if err != nil {
		d.t.Fatal(err)
	}
	d.servers[i] = s
}

// killServer kills a server, and starts another one after a while.
func (d *destination) killServer(i int, away time.Duration) {
	d.t.Helper()
	d.servers[i].Kill()
	d.drain()
	d.ledger.serve(-1)
	time.Sleep(away)
	d.startServer(i)
}

// restart kills Redis, with everything that is on its way, and starts it again. Relays
// reach it when the observer does, before there are servers.
func (d *destination) restart(away time.Duration) {
	d.t.Helper()
	d.redis.Kill()
	d.reader.ended()
	for _, s := range d.servers {
		s.Kill()
		d.ledger.serve(-1)
	}
	time.Sleep(away)
	resume := d.proxy.Stall(d.t)
	d.redis.Restart(d.t)
	d.observe()
	resume()
	for i := range d.servers {
		d.startServer(i)
	}
}

// drain waits until everything published up to now is in the ledger.
func (d *destination) drain() {
	d.t.Helper()
	mark := fmt.Sprint("mark ", d.marks.Add(1))
	d.redis.Do(d.t, "PUBLISH", emitter.RequestChannel(emitter.DefaultPrefix, "/", ""), mark)
	select {
	case <-d.reader.wait(mark):
	case <-d.reader.done:
	}
}

// reader is one subscription of the observer. Servers do not count those by a pattern.
type reader struct {
	client *redis.Client
	sub    *redis.PubSub
	ledger *ledger
	marks  chan string
	done   chan struct{}
}

// observe begins a subscription, and returns when nothing can be missed any more.
func (d *destination) observe() {
	d.t.Helper()
	r := &reader{
		client: redis.NewClient(&redis.Options{Addr: d.redis.Addr, MaxRetries: -1}), ledger: d.ledger,
		marks: make(chan string, 1), done: make(chan struct{}),
	}
	r.sub = r.client.PSubscribe(context.Background(), emitter.RequestChannel(emitter.DefaultPrefix, "/", "")+"*")
	if _, err := r.sub.Receive(context.Background()); err != nil {
		d.t.Fatalf("observe: %v", err)
	}
	if d.reader != nil {
		d.reader.close()
	}
	d.reader = r
	go r.run()
}

func (r *reader) run() {
	defer close(r.done)
	for {
		m, err := r.sub.Receive(context.Background())
		if err != nil {
			return
		}
		if message, ok := m.(*redis.Message); ok {
			r.take(message.Payload)
		}
	}
}

func (r *reader) take(payload string) {
	req, err := protocol.DecodeRequest([]byte(payload))
	if err != nil {
		r.marks <- payload
		return
	}
	if req.Type != protocol.Broadcast {
		return
	}
	var parts []json.RawMessage
	var name, key string
	var n int
	for i, dst := range []any{&name, &key, &n} {
		if err = json.Unmarshal(req.Packet.Data.Data, &parts); err != nil || i >= len(parts) {
			break
		}
		if err = json.Unmarshal(parts[i], dst); err != nil {
			break
		}
	}
	if name == event {
		r.ledger.see(key, n)
	}
}

// wait returns a channel that is closed when a mark has come.
func (r *reader) wait(mark string) <-chan struct{} {
	came := make(chan struct{})
	go func() {
		for {
			select {
			case m := <-r.marks:
				if m == mark {
					close(came)
					return
				}
			case <-r.done:
				return
			}
		}
	}()
	return came
}

// ended waits for the end of a subscription whose Redis has gone.
func (r *reader) ended() { <-r.done }

func (r *reader) close() {
	_ = r.sub.Close()
	_ = r.client.Close()
	<-r.done
}

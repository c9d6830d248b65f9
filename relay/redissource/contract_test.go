package redissource_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter/driver/drivertest/netproxy"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
	"github.com/sioxide/emitter/outbox"
	"github.com/sioxide/emitter/relay"
	"github.com/sioxide/emitter/relay/redissource"
	"github.com/sioxide/emitter/relay/sourcetest"
)

const timeout = 300 * time.Millisecond

// newHasty makes a client that does not wait for a server that stands still.
func newHasty(t testing.TB, addr string) redis.UniversalClient {
	return newClient(t, &redis.UniversalOptions{
		Addrs: []string{addr}, ReadTimeout: timeout, DialTimeout: timeout, MaxRetries: -1, DialerRetries: 1,
	})
}

func newClient(t testing.TB, o *redis.UniversalOptions) redis.UniversalClient {
	t.Helper()
	c := redis.NewUniversalClient(o)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// place is streams of a name of their own.
type place struct {
	client     redis.UniversalClient
	name       string
	partitions int
}

var names atomic.Int64

func newPlace(t testing.TB, partitions int, addrs ...string) *place {
	t.Helper()
	return &place{newClient(t, &redis.UniversalOptions{Addrs: addrs}), fmt.Sprintf("out %d", names.Add(1)), partitions}
}

const lease = 2 * time.Second

func (p *place) source(c redis.UniversalClient) *redissource.Source {
	return redissource.New(c, redissource.Stream(p.name), redissource.Partitions(p.partitions), redissource.Lease(lease))
}

func (p *place) put(t testing.TB, key string, data ...string) {
	t.Helper()
	for _, d := range data {
		args := redis.XAddArgs{Stream: outbox.StreamOf(p.name, p.partitions, key), Values: []any{"key", key, "data", d}}
		if err := p.client.XAdd(context.Background(), &args).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

func (p *place) dead(t testing.TB) []sourcetest.Dead {
	t.Helper()
	var dead []sourcetest.Dead
	for n := range p.partitions {
		stream := outbox.StreamSibling(outbox.Stream(p.name, p.partitions, n), "dead")
		entries, err := p.client.XRange(context.Background(), stream, "-", "+").Result()
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			dead = append(dead, sourcetest.Dead{Key: e.Values["key"].(string), Data: e.Values["data"].(string), Reason: e.Values["reason"].(string)})
		}
	}
	return dead
}

func isCommand([]byte) bool { return true }

func TestContract(t *testing.T) {
	server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	sourcetest.Run(t, func(t testing.TB) sourcetest.Harness {
		p := newPlace(t, 5, server.Addr)
		proxy := netproxy.New(t, server.Addr, isCommand)
		proxied := newHasty(t, proxy.Addr)
		return sourcetest.Harness{
			New:     func(testing.TB) relay.Source { return p.source(p.client) },
			Proxied: func(testing.TB) (relay.Source, *netproxy.Proxy) { return p.source(proxied), proxy },
			Put:     p.put,
			Dead:    p.dead,
			Restart: func(t testing.TB) {
				server.Kill()
				server.Restart(t)
			},
			Takeover: 2 * lease,
		}
	})
}

// On a Cluster the partitions are on different nodes.
func TestContractOnCluster(t *testing.T) {
	cluster := redistest.StartCluster(t)
	sourcetest.Run(t, func(t testing.TB) sourcetest.Harness {
		p := newPlace(t, 5, cluster.Addrs()...)
		return sourcetest.Harness{
			New:      func(testing.TB) relay.Source { return p.source(p.client) },
			Put:      p.put,
			Dead:     p.dead,
			Takeover: 2 * lease,
		}
	})
}

package redisdriver_test

import (
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/drivertest"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
	"github.com/sioxide/emitter/driver/redisdriver"
)

func TestContract(t *testing.T) {
	settings := map[string]func(*redis.Options){
		"defaults":               func(*redis.Options) {},
		"ContextTimeoutEnabled":  func(o *redis.Options) { o.ContextTimeoutEnabled = true },
		"RESP2 and a small pool": func(o *redis.Options) { o.Protocol, o.PoolSize = 2, 2 },
	}
	for name, set := range settings {
		for kind, opts := range map[string][]redisdriver.Option{"classic": nil, "sharded": {redisdriver.Sharded()}} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				drivertest.Run(t, redistest.Harness(t, kind == "sharded", func(t testing.TB, addr string) emitter.Driver {
					o := &redis.Options{Addr: addr}
					set(o)
					client := redis.NewClient(o)
					t.Cleanup(func() { _ = client.Close() })
					return redisdriver.New(client, opts...)
				}))
			})
		}
	}
}

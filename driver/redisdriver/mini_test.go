package redisdriver_test

import (
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/drivertest"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
	"github.com/sioxide/emitter/driver/redisdriver"
)

// TestMiniredis needs no Redis installed. miniredis has no sharded pub/sub.
func TestMiniredis(t *testing.T) {
	s := miniredis.RunT(t)
	drivertest.Run(t, drivertest.Harness{
		New: func(t testing.TB) emitter.Driver {
			client := redis.NewClient(&redis.Options{Addr: s.Addr()})
			t.Cleanup(func() { _ = client.Close() })
			return redisdriver.New(client)
		},
		Watch: func(t testing.TB, prefix, namespace, server string) <-chan []byte {
			return redistest.Watch(t, s.Addr(), emitter.RequestChannel(prefix, namespace, server), false)
		},
		Answer: func(t testing.TB, prefix, namespace, node string, data []byte) {
			redistest.Answer(t, s.Addr(), emitter.ResponseChannel(prefix, namespace, node), false, data)
		},
	})
}

//go:build !race

package redisdriver_test

import (
	"context"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter/driver/drivertest/redistest"
	"github.com/sioxide/emitter/driver/redisdriver"
)

// TestAllocations allows what go-redis itself allocates for a command.
func TestAllocations(t *testing.T) {
	s := redistest.Start(t)
	client := redis.NewClient(&redis.Options{Addr: s.Addr})
	defer client.Close()
	d := redisdriver.New(client)
	req := request("/", "text")
	for name, ctx := range map[string]context.Context{"background": context.Background(), "cancelable": t.Context()} {
		if n := testing.AllocsPerRun(1000, func() {
			if _, err := d.Send(ctx, req); err != nil {
				t.Error(err)
			}
		}); n > 3 {
			t.Errorf("Send with a %s context allocates %v times, at most 3", name, n)
		}
	}
}

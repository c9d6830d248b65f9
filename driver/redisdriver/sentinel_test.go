package redisdriver_test

import (
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
	"github.com/sioxide/emitter/driver/redisdriver"
)

// TestSentinel publishes by PUBLISH with both clients that go-redis has for
// Sentinel, though one of them is a *redis.ClusterClient.
func TestSentinel(t *testing.T) {
	master := redistest.Start(t)
	sentinel := redistest.StartSentinel(t, "mymaster", master)
	o := &redis.FailoverOptions{MasterName: "mymaster", SentinelAddrs: []string{sentinel.Addr}}
	for name, client := range map[string]redis.UniversalClient{
		"NewFailoverClient":        redis.NewFailoverClient(o),
		"NewFailoverClusterClient": redis.NewFailoverClusterClient(o),
	} {
		t.Run(name, func(t *testing.T) {
			defer client.Close()
			d := redisdriver.New(client)
			got := redistest.Watch(t, master.Addr, emitter.RequestChannel("socket.io", "/", ""), false)
			req := request("/", name)
			req.Count = true
			if n, err := d.Send(t.Context(), req); n != 1 || err != nil {
				t.Fatalf("Send with Count = %d, %v", n, err)
			}
			receive(t, got)
		})
	}
}

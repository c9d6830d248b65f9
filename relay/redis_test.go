package relay_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
	"github.com/sioxide/emitter/driver/redisdriver"
	"github.com/sioxide/emitter/protocol"
	"github.com/sioxide/emitter/relay"
)

// node is a server of a cluster on Redis: it takes requests as socketioxide-redis does,
// answers probes, and subscribes again when its connection was lost.
type node struct {
	id     protocol.ID
	client *redis.Client

	mu     sync.Mutex
	events []string
}

func startNode(t testing.TB, addr string) *node {
	t.Helper()
	n := &node{id: protocol.NewID(), client: redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1})}
	sub := n.client.Subscribe(context.Background(), emitter.RequestChannel("socket.io", "/", ""))
	if _, err := sub.Receive(context.Background()); err != nil {
		t.Fatalf("subscribe: %v", err)
	}
	messages := sub.Channel(redis.WithChannelSize(10_000), redis.WithChannelHealthCheckInterval(100*time.Millisecond))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for m := range messages {
			n.take([]byte(m.Payload))
		}
	}()
	t.Cleanup(func() {
		_ = sub.Close()
		<-ended
		_ = n.client.Close()
	})
	return n
}

func (n *node) take(data []byte) {
	req, err := protocol.DecodeRequest(data)
	if err != nil {
		return
	}
	switch req.Type {
	case protocol.Broadcast:
		n.mu.Lock()
		n.events = append(n.events, nameOf(req))
		n.mu.Unlock()
	case protocol.AllRooms:
		res := protocol.Response{Request: req.ID, Server: n.id, Kind: protocol.KindRooms}
		n.client.Publish(context.Background(), emitter.ResponseChannel("socket.io", "/", req.Node.String()), res.AppendAddressed(nil))
	}
}

func (n *node) received() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string(nil), n.events...)
}

func clientOf(t testing.TB, addr string) *redis.Client {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, ContextTimeoutEnabled: true})
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// While a real Redis is killed and comes back again and again, every operation reaches
// every server, in order.
func TestRedisRestarts(t *testing.T) {
	server := redistest.Start(t)
	nodes := []*node{startNode(t, server.Addr), startNode(t, server.Addr)}
	driver := redisdriver.New(clientOf(t, server.Addr))
	t.Cleanup(func() { _ = driver.Close() })
	store := newStore()
	r := relay.New(&memory{store: store}, driver, relay.Fetches(50, 0), relay.ServerGrace(time.Minute))
	stop := run(t, r)
	const n, restarts = 3000, 4
	for i := range n {
		store.put("a", event(fmt.Sprint(i), fmt.Sprint(i)))
		if i%(n/restarts) == n/restarts/2 {
			until(t, "half of the part is settled", func() bool { return len(store.unsettled()) < 50 })
			server.Kill()
			server.Restart(t)
		}
	}
	until(t, "everything is settled", func() bool { return len(store.unsettled()) == 0 })
	stop()
	for i, node := range nodes {
		seen, order := make(map[string]bool), 0
		for _, name := range node.received() {
			if name == fmt.Sprint(order) {
				order++
			}
			seen[name] = true
		}
		if len(seen) != n || order != n {
			t.Errorf("server %d received %d of %d operations, %d in order", i, len(seen), n, order)
		}
	}
	if dead := store.reasons(); len(dead) > 0 {
		t.Errorf("dead letters: %q", dead)
	}
	t.Logf("%+v", r.Stats())
}

func until(t testing.TB, what string, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for !done() {
		if time.Now().After(deadline) {
			t.Fatalf("waited for two minutes, and it is not so: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

package examples

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// The embedded Redis has no sharded pub/sub, so this one needs a real one.
func TestShardedExample(t *testing.T) {
	if testing.Short() {
		t.Skip("it needs a real Redis: not with -short")
	}
	server, err := exec.LookPath("redis-server")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("redis-server is not installed")
		}
		t.Skip("redis-server 7 is not installed; the example needs sharded pub/sub")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // building included
	defer cancel()
	bin := build(t, "sharded")
	socket := startRedis(ctx, t, server)
	client := redisClient(t, socket)
	channel := emitter.RequestChannel("socket.io", "/game", "")
	sub := client.SSubscribe(ctx, channel)
	defer func() { _ = sub.Close() }()
	if _, err := sub.Receive(ctx); err != nil {
		t.Fatal(err)
	}
	start(ctx, t, filepath.Join(bin, "sharded"), "REDIS_URL=unix://"+socket, "REDIS_CLUSTER=")
	for _, want := range []protocol.Type{protocol.Broadcast, protocol.DelSockets} {
		msg, err := sub.ReceiveMessage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		req, err := protocol.DecodeRequest([]byte(msg.Payload))
		if err != nil || req.Type != want || len(req.Opts.Rooms) != 1 || req.Opts.Rooms[0] != "lobby:7" {
			t.Errorf("got %+v, %v; want a %s for lobby:7", req, err, want)
		}
	}
}

// startRedis returns the path of the server's unix socket once it answers.
func startRedis(ctx context.Context, t *testing.T, server string) string {
	dir, err := os.MkdirTemp("", "redis") // t.TempDir may be too long for a socket's path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	cmd := exec.Command(server, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	client := redisClient(t, socket)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for client.Ping(ctx).Err() != nil {
		select {
		case <-ctx.Done():
			t.Fatal("redis-server does not answer")
		case <-tick.C:
		}
	}
	return socket
}

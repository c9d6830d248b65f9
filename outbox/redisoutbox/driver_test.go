package redisoutbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/drivertest/netproxy"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
	"github.com/sioxide/emitter/outbox"
	"github.com/sioxide/emitter/outbox/redisoutbox"
	"github.com/sioxide/emitter/protocol"
)

func newClient(t testing.TB, addr string) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: addr})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func limit(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// mustHave compares the entries of a stream, KEY:EVENT each.
func mustHave(t testing.TB, c *redis.Client, stream string, want ...string) {
	t.Helper()
	entries, err := c.XRange(limit(t), stream, "-", "+").Result()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		o, err := outbox.Decode([]byte(e.Values["data"].(string)))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s:%s", e.Values["key"], o.Event))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s has %q, want %q", stream, got, want)
	}
}

func TestSend(t *testing.T) {
	c := newClient(t, redistest.Start(t).Addr)
	io := emitter.New(redisoutbox.New(c))
	for _, e := range []string{"1", "2"} {
		if err := io.Of("/n").Emit(limit(t), e); err != nil {
			t.Fatal(err)
		}
	}
	mustHave(t, c, outbox.DefaultStream, "socket.io#/n:1", "socket.io#/n:2")
	key := func(r *protocol.Request) string { return r.Opts.Rooms[0] }
	d := redisoutbox.New(c, redisoutbox.Stream("s"), redisoutbox.Partitions(8), redisoutbox.Key(key), nil)
	if err := io.Via(d).To("room").Emit(limit(t), "3"); err != nil {
		t.Fatal(err)
	}
	mustHave(t, c, "s:{2}", "room:3") // FNV-1a of "room" is 2 modulo 8
}

func TestBatch(t *testing.T) {
	c := newClient(t, redistest.Start(t).Addr)
	big := strings.Repeat("x", 600_000) // two of them are more than a pipeline takes
	var reqs []*protocol.Request
	record := emitter.New(recorder(func(r *protocol.Request) { reqs = append(reqs, r.Clone()) }))
	for i := range 4 {
		if err := record.Emit(limit(t), fmt.Sprint(i), big); err != nil {
			t.Fatal(err)
		}
	}
	reqs[1].Count = true // can't be had
	servers, errs := make([]int, 4), make([]error, 4)
	err := redisoutbox.New(c).SendAll(limit(t), reqs, servers, errs)
	if !errors.Is(err, emitter.ErrUnsupported) || !errors.Is(errs[1], emitter.ErrUnsupported) || errors.Join(errs[0], errs[2], errs[3]) != nil || servers[2] != -1 {
		t.Errorf("%v, %v, %v", err, errs, servers)
	}
	mustHave(t, c, outbox.DefaultStream, "socket.io#/:0", "socket.io#/:2", "socket.io#/:3")
}

type recorder func(*protocol.Request)

func (f recorder) Send(_ context.Context, req *protocol.Request) (int, error) {
	f(req)
	return -1, nil
}

func TestRefuses(t *testing.T) {
	server := redistest.Start(t)
	c := newClient(t, server.Addr)
	mustSay := func(err error, safe bool, parts ...string) {
		t.Helper()
		if err == nil || emitter.SafeToRetry(err) != safe {
			t.Errorf("%v; want SafeToRetry to be %v", err, safe)
			return
		}
		for _, p := range parts {
			if !strings.Contains(err.Error(), p) {
				t.Errorf("%v; want %q in it", err, p)
			}
		}
	}
	io := emitter.New(redisoutbox.New(c))
	_, err := io.EmitWithAck(limit(t), "e")
	if mustSay(err, true); !errors.Is(err, emitter.ErrUnsupported) {
		t.Error(err)
	}
	ring := redis.NewRing(&redis.RingOptions{})
	defer ring.Close()
	for want, d := range map[string]*redisoutbox.Driver{
		"nil client": redisoutbox.New(nil), "no driver": nil, "Ring": redisoutbox.New(ring), "nil pipeline": redisoutbox.NewPipe(nil),
		"Partitions of -1": redisoutbox.New(c, redisoutbox.Partitions(-1)), "is empty": redisoutbox.New(c, redisoutbox.Stream("")),
	} {
		mustSay(io.Via(d).Emit(limit(t), "e"), true, want)
	}
	if err := c.Set(limit(t), "text", "x", 0).Err(); err != nil {
		t.Fatal(err)
	}
	mustSay(io.Via(redisoutbox.New(c, redisoutbox.Stream("text"))).Emit(limit(t), "e"), true, `redisoutbox: xadd to "text"`, "another kind")
	mustSay(io.Via(redisoutbox.New(newClient(t, redistest.FreeAddr(t)))).Emit(limit(t), "e"), true, "that Redis runs there")

	// The answer is lost: it is there, and not twice.
	proxy := netproxy.New(t, server.Addr, func(sent []byte) bool { return bytes.Contains(sent, []byte("xadd")) })
	d := redisoutbox.New(newClient(t, proxy.Addr))
	proxy.CutNext()
	mustSay(io.Via(d).Emit(limit(t), "1"), false, "it may be in the stream")
	mustHave(t, c, outbox.DefaultStream, "socket.io#/:1")
	b := emitter.NewBatch(d)
	if err := errors.Join(io.Via(b).Emit(limit(t), "2"), io.Via(b).Emit(limit(t), "3")); err != nil {
		t.Fatal(err)
	}
	proxy.CutNext()
	mustSay(b.Flush(limit(t)), false, "it may be in the stream")
	mustHave(t, c, outbox.DefaultStream, "socket.io#/:1", "socket.io#/:2", "socket.io#/:3")
	c2 := newClient(t, server.Addr)
	_ = c2.Close()
	mustSay(io.Via(redisoutbox.New(c2)).Emit(limit(t), "e"), true, "outlive")
}

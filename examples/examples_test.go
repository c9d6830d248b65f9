// Package examples runs every example as a user would, against the demo's
// clusters, and looks at what clients receive.
package examples

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/redisdriver"
	"github.com/sioxide/emitter/examples/demo/client"
	"github.com/sioxide/emitter/examples/demo/node"
	"github.com/sioxide/emitter/examples/demo/socketio"
	"github.com/sioxide/emitter/examples/demo/stage"
)

func build(t *testing.T, names ...string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	args := []string{"build", "-o", dir + string(filepath.Separator)}
	for _, name := range names {
		args = append(args, "./"+name)
	}
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		t.Fatalf("go %v: %v\n%s", args, err, out)
	}
	return dir
}

// start runs a program, with the arguments that follow its name.
func start(ctx context.Context, t *testing.T, command string, env ...string) {
	t.Helper()
	program, args, _ := strings.Cut(command, " ")
	cmd := exec.CommandContext(ctx, program, strings.Fields(args)...)
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
}

func enter(ctx context.Context, t *testing.T, n *node.Node, p socketio.Parser, namespace string, rooms ...string) *client.Socket {
	t.Helper()
	c, err := client.Dial(ctx, n.URL(), p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	s, err := c.Connect(ctx, namespace, map[string]any{"rooms": rooms})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// hears checks the next events of s, in any order.
func hears(ctx context.Context, t *testing.T, s *client.Socket, want ...client.Event) {
	t.Helper()
	want = slices.Clone(want)
	for len(want) > 0 {
		got, err := s.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(want, func(w client.Event) bool { return reflect.DeepEqual(got, w) })
		if i < 0 {
			t.Fatalf("a client heard %+v, want one of %+v", got, want)
		}
		want = slices.Delete(want, i, i+1)
	}
}

func redisClient(t *testing.T, addr string) *redis.Client {
	network := "tcp"
	if filepath.IsAbs(addr) {
		network = "unix"
	}
	c := redis.NewClient(&redis.Options{Network: network, Addr: addr})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func say(name string, args ...any) client.Event { return client.Event{Name: name, Args: args} }

func TestExamples(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // building included
	defer cancel()
	bin := build(t, "redis", "redis_msgpack", "rueidis", "publishfunc", "ask", "bulk")
	s, err := stage.Start(ctx, "127.0.0.1:0", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	run := func(t *testing.T, name string, env ...string) {
		start(ctx, t, filepath.Join(bin, name), append(env, "REDIS_URL=redis://"+s.Redis)...)
	}
	common := func(t *testing.T, node int, namespace string, rooms ...string) *client.Socket {
		return enter(ctx, t, s.Common[node], socketio.Common, namespace, rooms...)
	}

	t.Run("redis", func(t *testing.T) {
		reader, fan, admin := common(t, 0, "/", "news"), common(t, 1, "/", "news", "sport"), common(t, 1, "/admin")
		run(t, "redis")
		hears(ctx, t, reader, say("headline", map[string]any{"title": "Storm over the coast", "tags": []any{"weather"}}))
		hears(ctx, t, admin, say("published", "Storm over the coast", float64(time.Now().Year())))
		room := emitter.New(redisdriver.New(redisClient(t, s.Redis))).To("story:storm")
		if err := room.Emit(ctx, "update", 1); err != nil {
			t.Fatal(err)
		}
		hears(ctx, t, reader, say("update", 1.0))
		run(t, "rueidis") // it reaches the fan, too; nothing must have come before
		hears(ctx, t, fan, prices...)
	})
	t.Run("redis_msgpack", func(t *testing.T) {
		watcher := enter(ctx, t, s.Msgpack[1], socketio.Msgpack, "/", "news")
		run(t, "redis_msgpack", "PREFIX="+stage.MsgpackPrefix)
		hears(ctx, t, watcher, say("picture", map[string]any{"camera": "harbour", "width": 2.0, "pixels": []byte{0, 128, 255, 64}}))
	})
	t.Run("rueidis", func(t *testing.T) {
		trader := common(t, 0, "/", "news")
		run(t, "rueidis")
		hears(ctx, t, trader, prices...)
	})
	t.Run("ask", func(t *testing.T) {
		yes, no, silent := common(t, 0, "/", "news"), common(t, 1, "/", "news"), common(t, 1, "/", "news")
		yes.OnAck(func(client.Event) []any { return []any{"yes"} })
		no.OnAck(func(client.Event) []any { return []any{"no"} })
		run(t, "ask")
		hears(ctx, t, yes, say("lunch?", "12:30"))
		hears(ctx, t, yes, say("booked", "12:30", 1.0))
		// Who is not coming hears of no table: the next event is this one.
		if err := emitter.New(redisdriver.New(redisClient(t, s.Redis))).To("news").Emit(ctx, "end", "of day"); err != nil {
			t.Fatal(err)
		}
		for _, s := range []*client.Socket{no, silent} {
			hears(ctx, t, s, say("lunch?", "12:30"))
			hears(ctx, t, s, say("end", "of day"))
		}
	})
	t.Run("bulk", func(t *testing.T) {
		var traders []*client.Socket
		for i := range 4 {
			trader := common(t, i%2, "/", "sport")
			trader.OnAck(func(client.Event) []any { return []any{} })
			traders = append(traders, trader)
		}
		run(t, "bulk")
		for _, trader := range traders {
			for i := range 10_000 {
				e, err := trader.Next(ctx)
				if want := say("price", float64(i), 100+float64(i%100)/4); err != nil || !reflect.DeepEqual(e, want) {
					t.Fatalf("heard %+v, %v; want %+v", e, err, want)
				}
			}
		}
	})
	t.Run("publishfunc", func(t *testing.T) {
		phone, desktop := common(t, 0, "/", "user:42"), common(t, 1, "/", "user:42")
		run(t, "publishfunc")
		for _, s := range []*client.Socket{phone, desktop} {
			hears(ctx, t, s, say("banned", "for spam"))
			if e, err := s.Next(ctx); !errors.Is(err, client.ErrDisconnected) {
				t.Errorf("heard %v, %v; want to be disconnected", e, err)
			}
		}
	})
}

var prices = []client.Event{
	say("price", "ACME", 100.0), say("price", "INIT", 100.25), say("price", "UMBR", 100.5), say("price", "WAYN", 100.75),
}

// Demo: an embedded Redis, two clusters of small Socket.IO servers, clients, a tour
// through what the emitter can do, and a page to play with it in a browser. It
// needs nothing but Go.
//
//	go run ./demo            the tour, then it stays up with its page
//	go run ./demo -page      the page alone
//	go run ./demo -once      the tour alone; exit status 1 if a step went wrong
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/redisdriver"
	"github.com/sioxide/emitter/driver/rueidisdriver"
	"github.com/sioxide/emitter/examples/demo/loopback"
	"github.com/sioxide/emitter/examples/demo/node"
	"github.com/sioxide/emitter/examples/demo/page"
	"github.com/sioxide/emitter/examples/demo/stage"
	"github.com/sioxide/emitter/examples/demo/tour"
)

// tourTime is the most that the whole tour may take; it takes about a second.
const tourTime = 25 * time.Second

// options are the flags.
type options struct {
	once, page bool
	redis      string
	port       int
}

func main() {
	var o options
	flag.BoolVar(&o.once, "once", false, "end after the tour; exit status 1 if a step went wrong")
	flag.BoolVar(&o.page, "page", false, "the page alone, without the tour and its clients")
	flag.StringVar(&o.redis, "redis", "127.0.0.1:0", "where the embedded Redis listens; port 0 takes a free one")
	flag.IntVar(&o.port, "port", 0, "the page's port of 127.0.0.1; 0 takes a free one")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdout, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, o options) (err error) {
	if o.once && o.page {
		return errors.New("-once is the tour alone and -page the page alone: choose one")
	}
	p := tour.NewPrinter(out)
	listener, err := loopback.Listen(ctx, o.port) // before the nodes, which must know whose clients may connect
	if err != nil {
		return err
	}
	defer listener.Close()
	s, err := stage.Start(ctx, o.redis, logger(p), loopback.Origins(listener)...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()

	client := redis.NewClient(&redis.Options{Addr: s.Redis, Protocol: 2})
	defer func() { _ = client.Close() }()
	driver := redisdriver.New(client)
	defer func() { err = errors.Join(err, driver.Close()) }()

	var t *tour.Tour
	if !o.page {
		if t, err = play(ctx, p, s, driver); err != nil {
			return err
		}
		defer t.Close()
	}
	if o.once {
		return nil
	}
	served, err := page.Start(ctx, listener, page.Config{Scene: scene(s), Client: client, Driver: driver, Log: logger(p)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, served.Close()) }()
	p.Printf("\n%s %s\n", p.Bold("The page:"), served.URL)
	if o.page {
		<-ctx.Done()
		return nil
	}
	invite(p, s)
	return t.Watch(ctx)
}

// play runs the tour, whose clients stay for who watches.
func play(ctx context.Context, p *tour.Printer, s *stage.Stage, driver emitter.Driver) (*tour.Tour, error) {
	// miniredis has no CLIENT TRACKING, and answers as if it were a Redis Cluster.
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{s.Redis}, DisableCache: true, ForceSingleClient: true,
	})
	if err != nil {
		return nil, fmt.Errorf("connect rueidis: %w", err)
	}
	defer client.Close()
	fast := rueidisdriver.New(client)
	limited, cancel := context.WithTimeout(ctx, tourTime)
	defer cancel()
	t, err := tour.New(limited, s, driver, fast, p)
	if err != nil {
		return nil, errors.Join(err, fast.Close())
	}
	if err := errors.Join(t.Run(limited), fast.Close()); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

// scene is the stage as the page sees it.
func scene(s *stage.Stage) page.Scene {
	servers := func(letters string, nodes [2]*node.Node) (out []page.Server) {
		for i, n := range nodes {
			out = append(out, page.Server{Letter: letters[i : i+1], ID: n.ID(), URL: n.URL()})
		}
		return out
	}
	return page.Scene{Redis: "redis://" + s.Redis, Clusters: []page.Cluster{
		{Parser: "common", Prefix: "socket.io", Servers: servers("AB", s.Common)},
		{Parser: "msgpack", Prefix: stage.MsgpackPrefix, Servers: servers("CD", s.Msgpack)},
	}}
}

// logger shows what nodes warn of, without the time.
func logger(out io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{
		Level: slog.LevelWarn,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
}

// invite says what to try against the running demo.
func invite(p *tour.Printer, s *stage.Stage) {
	p.Printf("\n%s\n", p.Bold("The clusters stay up until Ctrl-C. In a program of yours:"))
	for _, line := range []string{
		fmt.Sprintf("client := redis.NewClient(&redis.Options{Addr: %q})", s.Redis),
		`io := emitter.New(redisdriver.New(client))`,
		`err := io.To("news").Emit(ctx, "hello", "world")`,
		`acks, err := io.To("sport").EmitWithAck(ctx, "lunch?")`,
		fmt.Sprintf(`packed := emitter.NewMsgpack(redisdriver.New(client)).Prefix(%q)`, stage.MsgpackPrefix),
	} {
		p.Printf("  %s\n", p.Code(line))
	}
	p.Printf("%s\n", p.Bold("Or the examples, in their folder:"))
	for _, line := range []string{
		"export REDIS_URL=redis://" + s.Redis,
		"go run ./redis; go run ./rueidis; go run ./publishfunc; go run ./ask; go run ./bulk",
		"PREFIX=" + stage.MsgpackPrefix + " go run ./redis_msgpack",
	} {
		p.Printf("  %s\n", p.Code(line))
	}
	p.Printf("%s\n", p.Bold("What the clients receive:"))
}

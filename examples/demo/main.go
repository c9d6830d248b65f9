// Demo: an embedded Redis, two clusters of small Socket.IO servers, clients, and
// a tour through what the emitter can do. It needs nothing but Go.
//
//	go run ./demo            the tour, then it stays up to be played with
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

	"github.com/sioxide/emitter/driver/redisdriver"
	"github.com/sioxide/emitter/driver/rueidisdriver"
	"github.com/sioxide/emitter/examples/demo/stage"
	"github.com/sioxide/emitter/examples/demo/tour"
)

// tourTime is the most that the whole tour may take; it takes about a second.
const tourTime = 25 * time.Second

func main() {
	once := flag.Bool("once", false, "end after the tour; exit status 1 if a step went wrong")
	addr := flag.String("redis", "127.0.0.1:0", "where the embedded Redis listens; port 0 takes a free one")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdout, *addr, *once)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, addr string, once bool) (err error) {
	p := tour.NewPrinter(out)
	s, err := stage.Start(ctx, addr, logger(p))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()

	client := redis.NewClient(&redis.Options{Addr: s.Redis, Protocol: 2})
	defer func() { _ = client.Close() }()
	driver := redisdriver.New(client)
	defer func() { err = errors.Join(err, driver.Close()) }()
	// miniredis has no CLIENT TRACKING, and answers as if it were a Redis Cluster.
	other, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{s.Redis}, DisableCache: true, ForceSingleClient: true,
	})
	if err != nil {
		return fmt.Errorf("connect rueidis: %w", err)
	}
	defer other.Close()
	fast := rueidisdriver.New(other)
	defer func() { err = errors.Join(err, fast.Close()) }()

	limited, cancel := context.WithTimeout(ctx, tourTime)
	defer cancel()
	t, err := tour.New(limited, s, driver, fast, p)
	if err != nil {
		return err
	}
	defer t.Close()
	if err := t.Run(limited); err != nil || once {
		return err
	}
	invite(p, s)
	return t.Watch(ctx)
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

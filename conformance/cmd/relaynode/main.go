// Relaynode is a relay in a process of its own, for the fault suite: from a topic of Kafka
// or a stream of JetStream onto a cluster on Redis. Its flags are those of `sioxide relay`.
//
//	relaynode --from 'kafka://127.0.0.1:9092/outbox?group=relay' --to redis://127.0.0.1:6379 --metrics-addr 127.0.0.1:0
//	relaynode --from 'nats://127.0.0.1:4222?stream=OUTBOX' --to …
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sioxide/emitter/driver/redisdriver"
	"github.com/sioxide/emitter/relay"
	"github.com/sioxide/emitter/relay/jetstreamsource"
	"github.com/sioxide/emitter/relay/kafkasource"
)

func main() {
	from := flag.String("from", "", "the source's URL")
	to := flag.String("to", "", "the Redis of the cluster")
	metrics := flag.String("metrics-addr", "127.0.0.1:0", "host:port of /metrics and /healthz")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	err := run(ctx, *from, *to, *metrics)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "relaynode:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, from, to, metrics string) (err error) {
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	source, end, err := open(from)
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		err = errors.Join(err, source.Close(ctx))
		end()
	}()
	options, err := redis.ParseURL(to)
	if err != nil {
		return fmt.Errorf("--to: %w", err)
	}
	options.ContextTimeoutEnabled = true
	client := redis.NewClient(options)
	driver := redisdriver.New(client)
	defer func() { err = errors.Join(err, driver.Close(), client.Close()) }()
	r := relay.New(source, driver, relay.WithLogger(logger))
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", metrics)
	if err != nil {
		return fmt.Errorf("--metrics-addr: %w", err)
	}
	logger.Info("metrics", "address", listener.Addr().String())
	mux := http.NewServeMux()
	mux.Handle("/", r.Handler())
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }()
	defer func() { err = errors.Join(err, server.Close()) }()
	return r.Run(ctx)
}

// open returns the source of a URL and what ends its client.
func open(from string) (relay.Source, func(), error) {
	u, err := url.Parse(from)
	if err != nil {
		return nil, nil, fmt.Errorf("--from: %w", err)
	}
	switch u.Scheme {
	case "kafka":
		source, err := kafkasource.New([]kgo.Opt{kgo.SeedBrokers(u.Host)}, strings.TrimPrefix(u.Path, "/"), u.Query().Get("group"))
		return source, func() {}, err
	case "nats":
		conn, err := nats.Connect("nats://"+u.Host, nats.MaxReconnects(-1), nats.RetryOnFailedConnect(true), nats.ReconnectWait(200*time.Millisecond))
		if err != nil {
			return nil, nil, err
		}
		js, err := jetstream.New(conn)
		return jetstreamsource.New(js, u.Query().Get("stream")), conn.Close, err
	}
	return nil, nil, fmt.Errorf("--from %q: it begins with kafka:// or nats://", from)
}

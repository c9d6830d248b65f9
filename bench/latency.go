package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sioxide/emitter/bench/latencies"
)

// latency measures how long events are under way, directly and through relays.
func (r *run) latency(ctx context.Context) (s section, err error) {
	load := latencies.Load{Rate: 200, Events: 4000}
	if r.quick {
		load.Events = 200
	}
	at, err := startStores(ctx)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, at.stop()) }()
	ways, stop, err := latencies.Open(ctx, latencies.At{
		Redis: at.redis.Addrs[0], Kafka: at.kafka.Address(), Postgres: at.pg.URL("", ""), NATS: at.nats.URL(),
		OutboxTopic: outboxTopic, OutboxJS: outboxStream,
	})
	if err != nil {
		return s, err
	}
	defer stop()
	t := table{Header: []string{"way", "until Emit returns, p50", "p99", "until a server hears it, p50", "p99", "lost"}}
	for _, w := range ways {
		got, err := w.Measure(ctx, load)
		if err != nil {
			return s, fmt.Errorf("%s: %w", w.Name, err)
		}
		t.Rows = append(t.Rows, []string{
			w.Name, millis(got.Returned.P50), millis(got.Returned.P99), millis(got.Heard.P50), millis(got.Heard.P99), fmt.Sprint(got.Lost),
		})
	}
	s.Title = "Latency"
	s.About = fmt.Sprintf("From the call of Emit, at a steady %d events a second of which each comes from a goroutine of its own, %d events a way.\n", load.Rate, load.Events) +
		"A server here listens as a server's adapter does; what its clients take comes on top. Services, emitter, relay and server\n" +
		"share this machine, so that the times are those of software, without a network."
	s.Tables = []table{t}
	return s, nil
}

func millis(d time.Duration) string { return figure(float64(d)/float64(time.Millisecond)) + " ms" }

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sioxide/emitter/bench/contest"
	"github.com/sioxide/emitter/bench/services"
)

// Those that send to Redis.
const (
	goRedis        = "redisdriver"
	rueidis        = "rueidisdriver"
	bareGoRedis    = "go-redis"
	bareRueidis    = "rueidis"
	redisBenchmark = "redis-benchmark"
)

// senders are the contestants that send, each a process of its own.
type senders struct {
	goRedis, rueidis, bareGoRedis, bareRueidis, rust, js *contest.Process
}

func startSenders(f *field) (s senders, err error) {
	t := team{f: f}
	s = senders{t.goes(goRedis), t.goes(rueidis), t.goes(bareGoRedis), t.goes(bareRueidis), t.rust(), t.js()}
	return s, t.err
}

// row compares all that take part in a case. Bare clients and redis-benchmark send
// messages of the size of ours.
func (s senders) row(name string, c contest.Case) (*contest.Row, error) {
	c.Kind, c.Parser = "text", parsers[0]
	encoded, err := s.goRedis.Do(c.Of("encode"))
	if err != nil {
		return nil, err
	}
	c.Size = encoded.Bytes
	r := &contest.Row{Name: name}
	r.Add(goRedis, s.goRedis, c.Of(goRedis))
	r.Add(rueidis, s.rueidis, c.Of(rueidis))
	if c.Batch == 0 {
		r.Add(rust, s.rust, c.Of("send"))
	}
	if c.Batch == 0 && !c.Sharded && len(c.Addrs) == 1 {
		r.Add(js, s.js, c.Of("send"))
	}
	r.Add(bareGoRedis, s.bareGoRedis, c.Of(bareGoRedis))
	r.Add(bareRueidis, s.bareRueidis, c.Of(bareRueidis))
	if len(c.Addrs) == 1 {
		r.Add(redisBenchmark, contest.RedisBenchmark{}, c)
	}
	return r, nil
}

// rows are all cases: on a server, sharded, and on a cluster.
func (s senders) rows(single, cluster *services.Redis) ([]*contest.Row, error) {
	var rows []*contest.Row
	var errs []error
	add := func(name string, c contest.Case) {
		r, err := s.row(name, c)
		rows, errs = append(rows, r), append(errs, err)
	}
	for _, atOnce := range []int{1, 64, 512} {
		for _, size := range sizes {
			add(fmt.Sprintf("%d at once, %s", atOnce, size.name),
				contest.Case{Value: cut(ascii, size.bytes), AtOnce: atOnce, Addrs: single.Addrs})
		}
	}
	for _, batch := range []int{64, 512} {
		for _, size := range sizes {
			add(fmt.Sprintf("batches of %d, %s", batch, size.name),
				contest.Case{Value: cut(ascii, size.bytes), Batch: batch, Addrs: single.Addrs})
		}
	}
	for _, atOnce := range []int{1, 64} {
		small := contest.Case{Value: cut(ascii, 16), AtOnce: atOnce, Sharded: true, Addrs: single.Addrs}
		add(fmt.Sprintf("sharded, %d at once, 16 B", atOnce), small)
		small.Addrs = cluster.Addrs
		add(fmt.Sprintf("cluster of 3, %d at once, 16 B", atOnce), small)
	}
	return rows, errors.Join(errs...)
}

func (r *run) sending(ctx context.Context) (s section, err error) {
	f := &field{programs: r.programs}
	single, err := services.StartRedis()
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, single.Stop()) }()
	cluster, err := services.StartRedisCluster(ctx)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, cluster.Stop()) }()
	defer func() { err = errors.Join(err, f.stop()) }()
	all, err := startSenders(f)
	if err != nil {
		return s, err
	}
	rows, err := all.rows(single, cluster)
	if err == nil {
		err = measure(rows, r.effort(
			contest.Effort{Rounds: 11, Span: 150 * time.Millisecond},
			contest.Effort{Rounds: 5, Span: 25 * time.Millisecond},
		))
	}
	if err != nil {
		return s, err
	}
	s.Title = "Sending"
	s.About = "To a redis-server on the same machine, with nobody subscribed: go-redis and rueidis under our drivers, Rust's\n" +
		"MultiplexedConnection with as many tasks; bare clients and redis-benchmark (one connection, and in its pipeline what others\n" +
		"send at once or in a batch) publish messages of the same size that are ready-made: those of a batch lie apart with bare\n" +
		"clients, and are one and the same with redis-benchmark. CPU is the processor time of the sending process."
	s.Tables = sendingTables(rows)
	s.Verdicts, err = judge(r.aims, s.Title, rows)
	return s, err
}

func sendingTables(rows []*contest.Row) []table {
	ours := []string{goRedis, rueidis}
	rate := func(e *contest.Entry) string { return fmt.Sprintf("%.0f", 1e9/e.Best().NS) }
	cpu := func(e *contest.Entry) string { return fmt.Sprintf("%.1f", e.Best().CPUNS/1e3) }
	var rates, cpus []column
	for _, name := range []string{goRedis, rueidis, rust, js, bareGoRedis, bareRueidis, redisBenchmark} {
		rates = append(rates, of(name, name, rate))
		if name != redisBenchmark {
			cpus = append(cpus, of(name, name, cpu))
		}
	}
	better := func(than string) func(*contest.Row) string {
		return func(r *contest.Row) string {
			if other := r.Entry(than); other != nil {
				return spread(other.Over(r.Fastest(ours)))
			}
			return nothing
		}
	}
	ratios := []column{
		{"the better of our drivers, times as fast as Rust", better(rust)},
		{"as JavaScript", better(js)},
		{"as redis-benchmark", better(redisBenchmark)},
		timesAsFast(goRedis, bareGoRedis, "redisdriver as go-redis"),
		timesAsFast(rueidis, bareRueidis, "rueidisdriver as rueidis"),
	}
	return []table{
		tabulate("ratios", rows, ratios),
		tabulate("emits a second", rows, rates),
		tabulate("µs of CPU per emit", rows, cpus),
	}
}

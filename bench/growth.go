package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/bench/contest"
	"github.com/sioxide/emitter/bench/services"
)

// curve is a cost by what grows.
type curve struct {
	name   string
	unit   string // of what grows
	linear bool   // the cost may grow with it; otherwise it should stay
	points []point
}

type point struct {
	at   int
	cost float64 // ns of one emit
	// Bytes of memory: what the process has taken so far, and what is still in use when
	// nothing is under way.
	peak, alive int64
}

// growth measures how the cost of an emit grows. Each curve has a process of its own,
// so that its memory is its own too.
func (r *run) growth(ctx context.Context) (s section, err error) {
	f := &field{programs: r.programs}
	server, err := services.StartRedis()
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	defer func() { err = errors.Join(err, f.stop()) }()
	s.Title = "Growth"
	s.About = "What an emit costs as something grows, common parser; the most memory that the process has taken so far, of which a\n" +
		"goroutine's stack is 8 KiB; and what is still in use when all is done and collected, the message itself not. The last column\n" +
		"has the cost as a multiple of the least one: of sizes and rooms for each byte and room, so that a line that falls or stays\n" +
		"is linear or better; of goroutines for each emit. Redis itself sends to each server that listens, which is linear."
	curves, err := r.curves(ctx, f, server)
	for _, c := range curves {
		s.Tables = append(s.Tables, table{Plot: c.plot()})
	}
	return s, err
}

func (r *run) curves(ctx context.Context, f *field, server *services.Redis) (all []curve, err error) {
	small := contest.Case{Kind: "text", Parser: parsers[0], Value: cut(ascii, 16)}
	steps := []struct {
		name, unit, op string
		linear         bool
		at             []int
		set            func(c *contest.Case, n int)
	}{
		{"size of the message, encoding", "bytes", "encode", true, []int{16, 256, 4 << 10, 64 << 10, 1 << 20, 16 << 20},
			func(c *contest.Case, n int) { c.Value = cut(ascii, n) }},
		{"rooms of the selection, encoding", "rooms", "encode", true, []int{1, 10, 100, 1_000, 10_000},
			func(c *contest.Case, n int) { c.Rooms = n }},
		{"goroutines on one redisdriver", "goroutines", goRedis, false, []int{1, 10, 100, 1_000, 10_000},
			func(c *contest.Case, n int) { c.AtOnce, c.Addrs = n, server.Addrs }},
		{"goroutines on one rueidisdriver", "goroutines", rueidis, false, []int{1, 10, 100, 1_000, 10_000},
			func(c *contest.Case, n int) { c.AtOnce, c.Addrs = n, server.Addrs }},
	}
	for _, step := range steps {
		c := curve{name: step.name, unit: step.unit, linear: step.linear}
		by, err := f.start(step.name, f.programs.goPath)
		if err != nil {
			return all, err
		}
		for _, n := range step.at {
			test := small
			step.set(&test, n)
			if err := c.add(r, n, by, test.Of(step.op)); err != nil {
				return all, err
			}
		}
		all = append(all, c)
	}
	c, err := r.servers(ctx, f, server)
	return append(all, c), err
}

func (c *curve) add(r *run, at int, by contest.Contestant, test contest.Case) error {
	row := contest.Row{Name: fmt.Sprintf("%s: %d", c.name, at)}
	row.Add(ours, by, test)
	err := row.Measure(r.effort(
		contest.Effort{Rounds: 7, Span: 60 * time.Millisecond},
		contest.Effort{Rounds: 3, Span: 15 * time.Millisecond},
	))
	if err != nil {
		return err
	}
	rest, err := by.Do(contest.Case{Op: contest.Rest, N: 1})
	if err != nil {
		return err
	}
	best := row.Entries[0].Best()
	c.points = append(c.points, point{at, best.NS, rest.Peak, rest.Alive})
	return nil
}

// servers measures how the number of servers matters, each of which is a connection
// that has subscribed to the channel and reads.
func (r *run) servers(ctx context.Context, f *field, server *services.Redis) (curve, error) {
	c := curve{name: "servers that listen, rueidisdriver, 64 at once", unit: "servers", linear: true}
	by, err := f.start(c.name, f.programs.goPath)
	if err != nil {
		return c, err
	}
	client := redis.NewClient(&redis.Options{Addr: server.Addrs[0], PoolSize: 100})
	defer func() { _ = client.Close() }()
	var listening []*redis.PubSub
	defer func() {
		for _, s := range listening {
			_ = s.Close()
		}
	}()
	for _, n := range []int{1, 4, 16, 64} {
		for len(listening) < n {
			s := client.Subscribe(ctx, emitter.RequestChannel(emitter.DefaultPrefix, "/", ""))
			listening = append(listening, s)
			if _, err := s.Receive(ctx); err != nil {
				return c, fmt.Errorf("subscribe: %w", err)
			}
			go drop(s.Channel())
		}
		test := contest.Case{Op: rueidis, Kind: "text", Parser: parsers[0], Value: cut(ascii, 16), AtOnce: 64, Addrs: server.Addrs}
		if err := c.add(r, n, by, test); err != nil {
			return c, err
		}
	}
	return c, nil
}

func drop(messages <-chan *redis.Message) {
	for range messages {
	}
}

// plot draws a curve as bars, whose lengths are logarithms.
func (c *curve) plot() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%12s %14s %10s %10s  %-40s %s\n", c.name, c.unit, "ns an emit", "peak MiB", "after MiB", "", c.compared())
	least, most, lowest := math.Inf(1), 0.0, math.Inf(1)
	for _, p := range c.points {
		least, most = min(least, p.cost), max(most, p.cost)
		lowest = min(lowest, c.share(p))
	}
	for _, p := range c.points {
		bar := 1
		if most > least {
			bar += int(39 * math.Log(p.cost/least) / math.Log(most/least))
		}
		fmt.Fprintf(&b, "%12d %14.0f %10.1f %10.1f  %-40s %s\n", p.at, p.cost, mebibytes(p.peak), mebibytes(p.alive),
			strings.Repeat("#", bar), figure(c.share(p)/lowest))
	}
	return b.String()
}

func mebibytes(n int64) float64 { return float64(n) / (1 << 20) }

// share is what should not rise.
func (c *curve) share(p point) float64 {
	if c.linear {
		return p.cost / float64(p.at)
	}
	return p.cost
}

func (c *curve) compared() string {
	if c.linear {
		return "times the least, by " + c.unit
	}
	return "times the least"
}

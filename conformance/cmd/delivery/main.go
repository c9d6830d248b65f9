// Command delivery measures what arrives at real clients through two real servers,
// and how fast, for the bench: it runs in the folder of this module and prints JSON.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/sioxide/emitter/conformance/internal/bursts"
	"github.com/sioxide/emitter/conformance/internal/rustserver"
)

// Result is what is printed.
type Result struct {
	Bursts    []Burst          `json:"bursts"` // of all rounds, one after the other
	Latencies []bursts.Latency `json:"latencies"`
	Trace     bursts.Trace     `json:"trace"`
}

// Burst is one burst of a round.
type Burst struct {
	Name     string  `json:"name"`     // by what it was sent
	Stage    string  `json:"stage"`    // what must be the same to compare rates
	Rate     float64 `json:"rate"`     // events a second that each client got
	Expected int     `json:"expected"` // deliveries
	Received int     `json:"received"`
}

func main() {
	quick := flag.Bool("quick", false, "one round of short bursts")
	flag.Parse()
	r, err := run(context.Background(), *quick)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(r)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "delivery:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, quick bool) (r Result, err error) {
	dir, err := os.MkdirTemp("", "delivery-")
	if err != nil {
		return r, fmt.Errorf("make a folder for programs: %w", err)
	}
	defer os.RemoveAll(dir)
	programs, err := bursts.Build(ctx, dir)
	if err != nil {
		return r, err
	}
	c, err := bursts.Start(ctx, rustserver.Redis, filepath.Join("clients", "counter.mjs"), programs)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, c.Stop()) }()
	rounds, span := 3, 10*time.Second
	if quick {
		rounds, span = 1, 2*time.Second
	}
	for range rounds {
		if err := r.round(ctx, c, quick); err != nil {
			return r, err
		}
	}
	for _, rate := range []int{1_000, 20_000} {
		l, err := c.Latency(ctx, rate, span)
		if err != nil {
			return r, err
		}
		r.Latencies = append(r.Latencies, l)
	}
	r.Trace, _, err = c.Trace(ctx, bursts.Acknowledged(rustserver.Redis))
	return r, err
}

// round runs every burst once.
func (r *Result) round(ctx context.Context, c *bursts.Cluster, quick bool) error {
	for _, b := range bursts.Compared(rustserver.Redis, quick) {
		got, err := c.Run(ctx, b)
		if err != nil {
			return fmt.Errorf("%s: %w", b.Name(), err)
		}
		r.Bursts = append(r.Bursts, Burst{
			Name: b.Way.Name, Stage: b.Size.Name + " to " + b.Room.Name + " clients",
			Rate: got.Rate(), Expected: got.Expected, Received: got.Received,
		})
		if got.Harmed() {
			if err := c.Restart(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

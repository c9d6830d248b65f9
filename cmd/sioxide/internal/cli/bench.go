package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/cmd/sioxide/internal/bench"
	"github.com/sioxide/emitter/cmd/sioxide/internal/target"
)

const benchLong = `Measures what a running cluster takes: emits to a random room that nobody has, at most
--max events and --rate a second, and asks every server in between, so that its queue is
never full. It tells events a second, and percentiles of how long a send took and of how
long it took until every server was up to date.

With --server it connects clients of its own to these servers, lets them join the room,
and tells what was delivered, lost and duplicated, and how long that took.

The servers and the backend work for it as for any other traffic. It asks before it
begins; without a terminal it needs --yes.`

const benchExample = `  sioxide bench --yes
  sioxide bench --rate 20000 --max 200000 --size 1024
  sioxide bench --server ws://10.0.0.1:3000 --server ws://10.0.0.2:3000 --clients 10`

// benchFlags are the flags of bench.
type benchFlags struct {
	namespace string
	rate      float64
	max       int
	size      int
	servers   []string
	clients   int
	yes       bool
}

// Bounds of what is asked of a cluster.
const (
	benchMaxEvents  = 10_000_000
	benchMaxSize    = 1 << 20
	benchMaxClients = 1000
)

func (a *app) benchCommand() *cobra.Command {
	var f benchFlags
	cmd := &cobra.Command{
		Use:     "bench",
		Short:   "Measure what a running cluster takes",
		Long:    benchLong,
		Example: benchExample,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.checkAll(cmd); err != nil {
				return err
			}
			t, err := a.resolve(cmd)
			if err != nil {
				return err
			}
			if err := a.confirmBench(cmd.Context(), t, &f); err != nil {
				return err
			}
			return a.bench(cmd, &f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.namespace, "ns", "/", "the namespace")
	flags.Float64Var(&f.rate, "rate", 1000, "events a second, at most")
	flags.IntVar(&f.max, "max", 10_000, "events, at most")
	flags.IntVar(&f.size, "size", 64, "bytes of text in each event")
	flags.StringArrayVar(&f.servers, "server", nil, "ws://host:port of a server, for clients of its own; may be repeated")
	flags.IntVar(&f.clients, "clients", 2, "with --server: clients for each server")
	flags.BoolVar(&f.yes, "yes", false, "begin without asking")
	return cmd
}

func (f *benchFlags) checkAll(cmd *cobra.Command) error {
	switch {
	case !(f.rate > 0) || f.rate > 1e7:
		return usage("--rate %v: it must be more than 0 and at most 10000000", f.rate)
	case f.max < 1 || f.max > benchMaxEvents:
		return usage("--max %d: it must be from 1 to %d", f.max, benchMaxEvents)
	case f.size < 0 || f.size > benchMaxSize:
		return usage("--size %d: it must be from 0 to %d", f.size, benchMaxSize)
	case f.clients < 1 || f.clients*len(f.servers) > benchMaxClients:
		return usage("--clients %d: it must be at least 1, and with all servers together at most %d", f.clients, benchMaxClients)
	case len(f.servers) == 0 && cmd.Flags().Changed("clients"):
		return usage("--clients without --server: clients need a server to connect to")
	case f.namespace == "":
		return usage("--ns is empty: leave it out, or name one")
	}
	return nil
}

func (a *app) confirmBench(ctx context.Context, t *target.Target, f *benchFlags) error {
	if f.yes {
		return nil
	}
	if !a.console.Asks() {
		return usage("bench puts load on %s: without a terminal to ask on it needs --yes", t)
	}
	return a.confirm(ctx, fmt.Sprintf("Send %d events of %d bytes, at most %g a second, to %s?", f.max, f.size, f.rate, t))
}

func (a *app) bench(cmd *cobra.Command, f *benchFlags) error {
	ctx := cmd.Context()
	c, err := a.open(cmd)
	if err != nil {
		return err
	}
	defer closed(c)
	config := bench.Config{
		Emitter: c.Emitter().Of(f.namespace), Rate: f.rate, Max: f.max, Size: f.size, Window: windowOf(c.Driver()),
	}
	if len(f.servers) > 0 {
		clients, err := bench.Connect(ctx, f.servers, f.clients, f.namespace, c.Target().Parser)
		if err != nil {
			return err
		}
		defer clients.Close()
		config.Clients = clients
	}
	progress := a.console.Progress(int64(f.max), "measuring", "events")
	config.Progress = func(sent int) { progress.Set(int64(sent)) }
	result, err := bench.Run(ctx, config)
	progress.Done()
	if result.Events == 0 && err != nil {
		return a.explain(err)
	}
	if err := a.showBench(&result); err != nil {
		return err
	}
	if config.Clients != nil {
		err = errors.Join(err, config.Clients.Err())
	}
	return a.explain(err)
}

// windowOf is how much a server's channel holds, as a Batch has it.
func windowOf(d emitter.Driver) int {
	const otherwise = 20
	if w, ok := d.(emitter.Windower); ok {
		events, _ := w.Window()
		return events
	}
	return otherwise
}

func (a *app) showBench(r *bench.Result) error {
	if a.console.WritesJSON() {
		return a.console.WriteJSON(r)
	}
	rows := [][]string{latencyRow("send", r.Send), latencyRow("sync", r.Sync)}
	if d := r.Delivery; d != nil {
		rows = append(rows, latencyRow("delivery", d.Latency))
	}
	if err := a.console.Table([]string{"MS", "COUNT", "P50", "P90", "P99", "MAX"}, rows); err != nil {
		return err
	}
	if err := a.console.Line("%d events of %d bytes in %.1f s: %.0f a second", r.Events, r.Bytes, r.Seconds, r.PerSecond); err != nil {
		return err
	}
	if d := r.Delivery; d != nil {
		return a.console.Line("%s: %d of %d delivered, %d lost, %d duplicated", plural(d.Clients, "client"), d.Received, d.Expected, d.Lost, d.Duplicated)
	}
	return nil
}

func latencyRow(name string, l bench.Latency) []string {
	row := []string{name, fmt.Sprint(l.Count)}
	for _, ms := range []float64{l.P50, l.P90, l.P99, l.Max} {
		row = append(row, fmt.Sprintf("%.2f", ms))
	}
	return row
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/cmd/sioxide/internal/otelenv"
	"github.com/sioxide/emitter/cmd/sioxide/internal/target"
	"github.com/sioxide/emitter/relay"
)

const relayLong = `Performs operations that wait in a source on a cluster, at least once and in order for
each key, until it is interrupted. An operation is a JSON object as "sioxide emit -" reads
it. Programs put them there by the outbox packages of the library.

Sources, by --from:

%s
Operations that can't be performed go to the source's dead letters, with the reason;
--dead names another topic of Kafka or subject of NATS for them. One that comes again
within --dedupe is performed once. While the cluster is down nothing is lost. Several
relays may run: they share the work, and take over from each other.

--metrics-addr serves /metrics for Prometheus and /healthz. The variables of OpenTelemetry
(OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_METRICS_EXPORTER, …) have the numbers sent there.`

const relayExample = `  sioxide relay --from 'redis://localhost?stream=sioxide:outbox' --to redis://localhost
  sioxide relay --from 'postgres://app@db/shop?create=true' --to redis://localhost --metrics-addr localhost:9090
  sioxide relay --from 'kafka://localhost/outbox?group=relay' --to nats://localhost
  sioxide relay --from 'nats://localhost?stream=OUTBOX' --to kafka://localhost`

// relayFlags are the flags of relay.
type relayFlags struct {
	from, to, metrics string
	dead              string
	acked             bool
	window            int
	rate              float64
	maxAge, dedupe    time.Duration
	noServers         string
	messages, bytes   int
}

var noServers = map[string]relay.NoServers{"wait": relay.Wait, "dead": relay.Dead, "drop": relay.Drop} //nolint:gochecknoglobals // a table

func (a *app) relayCommand() *cobra.Command {
	var f relayFlags
	cmd := &cobra.Command{
		Use:     "relay --from URL --to URL",
		Short:   "Perform operations that wait in a source",
		Long:    fmt.Sprintf(relayLong, sourceList()),
		Example: relayExample,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.relay(cmd, &f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.from, "from", "", "the source's URL")
	flags.StringVar(&f.to, "to", "", "the cluster's URL (default --url or --cluster)")
	flags.StringVar(&f.dead, "dead", "", "the topic or subject of dead letters (default: see above)")
	flags.StringVar(&f.metrics, "metrics-addr", "", "host:port to serve /metrics and /healthz on")
	flags.BoolVar(&f.acked, "acked", false, "wait for clients' answers to the last event of each window")
	flags.IntVar(&f.window, "window", 0, "events until servers must have taken them (0: what the backend holds)")
	flags.Float64Var(&f.rate, "rate", 0, "events a second, at most (0: no limit)")
	flags.DurationVar(&f.maxAge, "max-age", 0, "drop operations written longer ago (0: never)")
	flags.DurationVar(&f.dedupe, "dedupe", relay.DefaultDedupe, "for how long an operation that comes again is known")
	flags.StringVar(&f.noServers, "no-servers", "wait", "for a namespace that nobody serves: wait, dead or drop")
	flags.IntVar(&f.messages, "batch", relay.DefaultMessages, "messages that are fetched at once, at most")
	flags.IntVar(&f.bytes, "batch-bytes", relay.DefaultBytes, "bytes of them, at most")
	return cmd
}

func (f *relayFlags) check() error {
	if _, ok := noServers[f.noServers]; !ok {
		return usage("--no-servers %q: it is wait, dead or drop", f.noServers)
	}
	if f.from == "" {
		return usage("no source: give its URL by --from")
	}
	if f.window < 0 || f.rate < 0 || f.maxAge < 0 || f.dedupe < 0 || f.messages < 1 || f.bytes < 1 {
		return usage("--window, --rate, --max-age and --dedupe can't be negative, --batch and --batch-bytes are at least 1")
	}
	return nil
}

func (f *relayFlags) options(t *target.Target) []relay.Option {
	batch := []emitter.BatchOption{emitter.Window(f.window)}
	if f.rate > 0 {
		batch = append(batch, emitter.Rate(f.rate))
	}
	if f.acked {
		batch = append(batch, emitter.Acked())
	}
	return []relay.Option{
		relay.WithEmitter(emitter.WithParser(t.Parser)), relay.WithBatch(batch...), relay.Fetches(f.messages, f.bytes),
		relay.Dedupe(f.dedupe, 0), relay.MaxAge(f.maxAge), relay.WhenNoServers(noServers[f.noServers]),
	}
}

// relay runs until the command is interrupted, which is how it ends well.
func (a *app) relay(cmd *cobra.Command, f *relayFlags) (err error) {
	if err := f.check(); err != nil {
		return err
	}
	if f.to != "" {
		if a.url != "" || a.cluster != "" {
			return usage("--to together with --url or --cluster: give the cluster once")
		}
		a.url = f.to
	}
	ctx := cmd.Context()
	cluster, err := a.resolve(cmd)
	if err != nil {
		return err
	}
	named, err := nameSource(f.from, f.dead)
	if err != nil {
		return err
	}
	logger := a.relayLogger(cluster, named.target)
	to, err := cluster.Open(ctx, target.WithLogger(logger), target.Patient())
	if err != nil {
		return err
	}
	defer closed(to)
	from, err := named.open(ctx, logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.close()) }()
	meters, flush, err := otelenv.MeterProvider(ctx)
	if err != nil {
		return err
	}
	defer finish(flush)
	r := relay.New(from.source, to.Driver(), append(f.options(to.Target()), relay.WithLogger(logger), relay.WithMeterProvider(meters))...)
	stop, err := serve(ctx, f.metrics, r.Handler(), logger)
	if err != nil {
		return err
	}
	defer finish(stop)
	return r.Run(ctx)
}

// relayLogger shows no secret of what the relay works on.
func (a *app) relayLogger(of ...*target.Target) *slog.Logger {
	return slog.New(slog.NewTextHandler(a.console.Err, &slog.HandlerOptions{ReplaceAttr: func(_ []string, at slog.Attr) slog.Attr {
		if at.Value.Kind() != slog.KindString && at.Value.Kind() != slog.KindAny {
			return at
		}
		text := at.Value.String()
		for _, t := range of {
			text = t.ScrubText(text)
		}
		return slog.String(at.Key, text)
	}}))
}

// finish gives what ends a second.
func finish(end func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = end(ctx) // nobody waits for it any more
}

// serve serves h at addr until the returned function is called; nothing where addr is "".
func serve(ctx context.Context, addr string, h http.Handler, logger *slog.Logger) (stop func(context.Context) error, err error) {
	if addr == "" {
		return func(context.Context) error { return nil }, nil
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("--metrics-addr: %w", err)
	}
	logger.Info("metrics", "address", l.Addr().String())
	s := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			logger.Error("metrics are no longer served", "error", err)
		}
	}()
	return s.Shutdown, nil
}

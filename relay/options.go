package relay

import (
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"

	"github.com/sioxide/emitter"
)

// Defaults.
const (
	DefaultMessages    = 1000
	DefaultBytes       = 4 << 20
	DefaultDedupe      = 10 * time.Minute
	DefaultDedupeIDs   = 1_000_000
	DefaultServerGrace = 5 * time.Second
	DefaultUnhealthy   = 30 * time.Second
	DefaultStopWithin  = 10 * time.Second
)

// NoServers says what becomes of operations for a namespace that no server serves.
type NoServers uint8

const (
	// Wait keeps them until a server comes. Others go on meanwhile, as long as no more
	// than ten fetches of messages wait; then the relay waits as well.
	Wait NoServers = iota
	// Dead makes them dead letters.
	Dead
	// Drop takes them for performed, as an emit without RequireServers does.
	Drop
)

// Option changes what New makes.
type Option interface{ apply(*config) }

type config struct {
	emitter     []emitter.Option
	batch       []emitter.BatchOption
	messages    int
	bytes       int
	dedupe      time.Duration
	dedupeIDs   int
	maxAge      time.Duration
	noServers   NoServers
	serverGrace time.Duration
	unhealthy   time.Duration
	stopWithin  time.Duration
	logger      *slog.Logger
	meters      metric.MeterProvider
}

func defaults() config {
	return config{
		batch:    []emitter.BatchOption{emitter.Window(0), emitter.AskOnce()},
		messages: DefaultMessages, bytes: DefaultBytes,
		dedupe: DefaultDedupe, dedupeIDs: DefaultDedupeIDs,
		serverGrace: DefaultServerGrace, unhealthy: DefaultUnhealthy, stopWithin: DefaultStopWithin,
		logger: slog.New(slog.DiscardHandler), meters: noop.NewMeterProvider(),
	}
}

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

// WithEmitter sets options of the emitter that performs: the parser, the largest
// message. RequireServers is not for a relay, see WhenNoServers.
func WithEmitter(opts ...emitter.Option) Option {
	return optionFunc(func(c *config) { c.emitter = append(c.emitter, opts...) })
}

// WithBatch sets how fast it performs, beside the defaults, which are the driver's own
// windows and emitter.AskOnce: emitter.Window, Rate, Acked. Clients that do not answer under Acked are counted, and
// their operations are performed.
func WithBatch(opts ...emitter.BatchOption) Option {
	return optionFunc(func(c *config) { c.batch = append(c.batch, opts...) })
}

// Fetches sets the most that is fetched at once, overriding the defaults of 1,000
// messages and 4 MiB; 0 or less keeps a default.
func Fetches(messages, bytes int) Option {
	return optionFunc(func(c *config) {
		if messages > 0 {
			c.messages = messages
		}
		if bytes > 0 {
			c.bytes = bytes
		}
	})
}

// Dedupe sets for how long the id of a performed operation is remembered, and how
// many ids at most, overriding the defaults of 10 minutes and 1,000,000 (about 50
// MiB). Ids forgotten too early are counted. A window of 0 remembers nothing.
func Dedupe(window time.Duration, ids int) Option {
	return optionFunc(func(c *config) {
		c.dedupe = window
		if ids > 0 {
			c.dedupeIDs = ids
		}
	})
}

// MaxAge drops, and counts, operations written longer ago, overriding the default of 0:
// none is too old. One whose time is not known is never.
func MaxAge(d time.Duration) Option { return optionFunc(func(c *config) { c.maxAge = d }) }

// WhenNoServers sets what becomes of operations for a namespace without a server,
// overriding the default of Wait.
func WhenNoServers(n NoServers) Option { return optionFunc(func(c *config) { c.noServers = n }) }

// ServerGrace sets how long the relay waits for a namespace's servers to be as many
// again as they were, overriding the default of 5 s: after a restart of Redis, say,
// they come back one by one, and what is sent meanwhile misses some. After that time
// the others are gone for good.
func ServerGrace(d time.Duration) Option { return optionFunc(func(c *config) { c.serverGrace = d }) }

// Unhealthy sets how long the cluster or the source may fail before the handler's
// /healthz says so, overriding the default of 30 s.
func Unhealthy(after time.Duration) Option {
	return optionFunc(func(c *config) { c.unhealthy = after })
}

// StopWithin sets how long Run may go on after its context has ended, to finish or
// give back what it has begun, overriding the default of 10 s.
func StopWithin(d time.Duration) Option { return optionFunc(func(c *config) { c.stopWithin = d }) }

// WithLogger has the relay say when it starts and stops, when it loses and regains the
// cluster or the source, and what becomes a dead letter, overriding the default of
// silence.
func WithLogger(l *slog.Logger) Option {
	return optionFunc(func(c *config) {
		if l != nil {
			c.logger = l
		}
	})
}

// WithMeterProvider gives the relay's numbers to OpenTelemetry as well.
func WithMeterProvider(p metric.MeterProvider) Option {
	return optionFunc(func(c *config) {
		if p != nil {
			c.meters = p
		}
	})
}

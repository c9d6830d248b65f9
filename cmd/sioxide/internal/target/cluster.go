package target

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/sioxide/emitter"
)

// Cluster is an open target. Its methods are safe for concurrent use.
type Cluster struct {
	target *Target
	driver emitter.Driver

	redis    redis.UniversalClient
	postgres *pgxpool.Pool
	mongo    *mongo.Collection
	kafka    *kgo.Client
	nats     *nats.Conn

	kafkaOptions []kgo.Opt // those that kafka was made with

	close []func() error // in the order in which they are called
}

// Option changes what Open makes.
type Option interface{ apply(*config) }

type config struct {
	logger  *slog.Logger
	patient bool
}

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

// WithLogger has the driver tell logger of subscriptions lost and restored,
// overriding the default of silence.
func WithLogger(logger *slog.Logger) Option { return optionFunc(func(c *config) { c.logger = logger }) }

// Patient has Open succeed where a backend that is connected to at once, which is NATS, is
// not there: calls fail until it is. For what runs for long.
func Patient() Option { return optionFunc(func(c *config) { c.patient = true }) }

// Open makes the client and the driver that the URL asks for. Connections are made
// when they are needed: what is wrong with the backend is told by the first call. Only
// NATS is connected to here.
func (t *Target) Open(ctx context.Context, opts ...Option) (*Cluster, error) {
	c := config{logger: slog.New(slog.DiscardHandler)}
	for _, o := range opts {
		o.apply(&c)
	}
	cluster, err := t.open(ctx, c)
	if err != nil {
		return nil, t.Scrub(fmt.Errorf("open %s: %w", t, err))
	}
	return cluster, nil
}

func (t *Target) open(ctx context.Context, c config) (*Cluster, error) {
	switch t.Backend {
	case Postgres:
		return t.openPostgres(ctx, c)
	case Mongo:
		return t.openMongo(c)
	case Kafka:
		return t.openKafka(c)
	case NATS:
		return t.openNATS(c)
	}
	return t.openRedis(c)
}

// Target is what was opened.
func (c *Cluster) Target() *Target { return c.target }

// Driver reaches the servers of the cluster.
func (c *Cluster) Driver() emitter.Driver { return c.driver }

// Emitter makes an emitter with the prefix and the parser of the URL; opts come after
// them.
func (c *Cluster) Emitter(opts ...emitter.Option) emitter.Emitter {
	own := []emitter.Option{emitter.WithPrefix(c.target.Prefix), emitter.WithParser(c.target.Parser)}
	return emitter.New(c.driver, append(own, opts...)...)
}

// Redis is the client, nil where the backend is another one.
func (c *Cluster) Redis() redis.UniversalClient { return c.redis }

// Postgres is the pool, nil where the backend is another one.
func (c *Cluster) Postgres() *pgxpool.Pool { return c.postgres }

// Mongo is the collection, nil where the backend is another one.
func (c *Cluster) Mongo() *mongo.Collection { return c.mongo }

// Kafka is the client, nil where the backend is another one.
func (c *Cluster) Kafka() *kgo.Client { return c.kafka }

// KafkaOptions are those that a further client reaches the brokers by.
func (c *Cluster) KafkaOptions() []kgo.Opt { return slices.Clone(c.kafkaOptions) }

// NATS is the connection, nil where the backend is another one.
func (c *Cluster) NATS() *nats.Conn { return c.nats }

// Close closes the driver and the client.
func (c *Cluster) Close() error {
	var errs []error
	for _, f := range c.close {
		errs = append(errs, f())
	}
	return c.target.Scrub(errors.Join(errs...))
}

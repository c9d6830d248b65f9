package latencies

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/kafkadriver"
	"github.com/sioxide/emitter/driver/natsdriver"
	"github.com/sioxide/emitter/driver/pgxdriver"
	"github.com/sioxide/emitter/driver/redisdriver"
	"github.com/sioxide/emitter/driver/rueidisdriver"
	"github.com/sioxide/emitter/outbox/jetstreamoutbox"
	"github.com/sioxide/emitter/outbox/kafkaoutbox"
	"github.com/sioxide/emitter/outbox/pgxoutbox"
	"github.com/sioxide/emitter/outbox/redisoutbox"
	"github.com/sioxide/emitter/relay"
	"github.com/sioxide/emitter/relay/jetstreamsource"
	"github.com/sioxide/emitter/relay/kafkasource"
	"github.com/sioxide/emitter/relay/pgsource"
	"github.com/sioxide/emitter/relay/redissource"
)

// At says where everything is. Table, topic and stream of the outboxes are there.
type At struct {
	Redis, Kafka          string // host and port
	Postgres, NATS        string // URL
	OutboxTopic, OutboxJS string // the stream of JetStream
}

// Way is one from Emit to a server.
type Way struct {
	Name    string
	Measure func(context.Context, Load) (Result, error)
}

// clients are of this process; all emit and relay through the same ones.
type clients struct {
	at      At
	redis   *redis.Client
	rueidis rueidis.Client
	pool    *pgxpool.Pool
	kafka   *kgo.Client
	nats    *nats.Conn
	js      jetstream.JetStream
}

// Open connects, and returns the ways and what closes the connections.
func Open(ctx context.Context, at At) (ways []Way, stop func(), err error) {
	c := &clients{at: at}
	stop = c.close
	if err := c.open(ctx); err != nil {
		stop()
		return nil, nil, fmt.Errorf("connect: %w", err)
	}
	return c.ways(), stop, nil
}

func (c *clients) open(ctx context.Context) (err error) {
	c.redis = redis.NewClient(&redis.Options{Addr: c.at.Redis, ContextTimeoutEnabled: true})
	if c.rueidis, err = rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{c.at.Redis}}); err != nil {
		return err
	}
	if c.pool, err = pgxpool.New(ctx, c.at.Postgres); err != nil {
		return err
	}
	if c.kafka, err = kgo.NewClient(kgo.SeedBrokers(c.at.Kafka), kgo.ProducerLinger(0), kgo.AllowAutoTopicCreation()); err != nil {
		return err
	}
	if c.nats, err = nats.Connect(c.at.NATS); err != nil {
		return err
	}
	c.js, err = jetstream.New(c.nats)
	return err
}

func (c *clients) close() {
	_ = c.redis.Close()
	if c.rueidis != nil {
		c.rueidis.Close()
	}
	if c.pool != nil {
		c.pool.Close()
	}
	if c.kafka != nil {
		c.kafka.Close()
	}
	if c.nats != nil {
		c.nats.Close()
	}
}

func (c *clients) ways() []Way {
	onRedis := func(ctx context.Context, e *ear) (func(), error) { return listenRedis(ctx, c.redis, e) }
	onPostgres := func(ctx context.Context, e *ear) (func(), error) { return listenPostgres(ctx, c.at.Postgres, e) }
	onNATS := func(_ context.Context, e *ear) (func(), error) { return listenNATS(c.nats, e) }
	onKafka := func(ctx context.Context, e *ear) (func(), error) { return listenKafka(ctx, c.at.Kafka, e) }
	return []Way{
		{"directly, redisdriver", directly(redisdriver.New(c.redis), onRedis)},
		{"directly, rueidisdriver", directly(rueidisdriver.New(c.rueidis), onRedis)},
		{"directly, pgxdriver", directly(pgxdriver.New(c.pool), onPostgres)},
		{"directly, natsdriver", directly(natsdriver.New(c.nats), onNATS)},
		{"directly, kafkadriver", directly(kafkadriver.New(c.kafka), onKafka)},
		{"relay, from PostgreSQL to Redis", c.relayed(pgxoutbox.New(c.pool), func() (relay.Source, error) { return pgsource.New(c.pool), nil })},
		{"relay, from Redis to Redis", c.relayed(redisoutbox.New(c.redis), func() (relay.Source, error) { return redissource.New(c.redis), nil })},
		{"relay, from Kafka to Redis", c.relayed(kafkaoutbox.New(c.kafka, c.at.OutboxTopic), func() (relay.Source, error) {
			return kafkasource.New([]kgo.Opt{kgo.SeedBrokers(c.at.Kafka)}, c.at.OutboxTopic, "relay")
		})},
		{"relay, from JetStream to Redis", c.relayed(jetstreamoutbox.New(c.js, c.at.OutboxJS), func() (relay.Source, error) {
			return jetstreamsource.New(c.js, c.at.OutboxJS), nil
		})},
	}
}

type listen func(context.Context, *ear) (stop func(), err error)

// closer is what all drivers of a cluster have.
type closer interface {
	emitter.Driver
	Close() error
}

func directly(d closer, hear listen) func(context.Context, Load) (Result, error) {
	return func(ctx context.Context, load Load) (_ Result, err error) {
		defer func() { err = errors.Join(err, d.Close()) }()
		e := newEar()
		stop, err := hear(ctx, e)
		if err != nil {
			return Result{}, err
		}
		defer stop()
		return measure(ctx, emitter.New(d), e, load)
	}
}

// relayed emits through an outbox while a relay performs on Redis what is there.
func (c *clients) relayed(d emitter.Driver, open func() (relay.Source, error)) func(context.Context, Load) (Result, error) {
	return func(ctx context.Context, load Load) (_ Result, err error) {
		e := newEar()
		stop, err := listenRedis(ctx, c.redis, e)
		if err != nil {
			return Result{}, err
		}
		defer stop()
		source, err := open()
		if err != nil {
			return Result{}, err
		}
		defer func() { err = errors.Join(err, source.Close(ctx)) }()
		end := c.run(ctx, source)
		defer func() { err = errors.Join(err, end()) }()
		return measure(ctx, emitter.New(d), e, load)
	}
}

// run starts a relay; the returned function ends it.
func (c *clients) run(ctx context.Context, source relay.Source) (end func() error) {
	driver := redisdriver.New(c.redis)
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- relay.New(source, driver).Run(ctx) }()
	return func() error {
		cancel()
		return errors.Join(<-ended, driver.Close())
	}
}

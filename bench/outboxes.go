package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sioxide/emitter/bench/contest"
	"github.com/sioxide/emitter/bench/services"
	"github.com/sioxide/emitter/driver/drivertest/kafkatest"
	"github.com/sioxide/emitter/driver/drivertest/natstest"
	"github.com/sioxide/emitter/driver/drivertest/pgtest"
	"github.com/sioxide/emitter/outbox"
	"github.com/sioxide/emitter/relay/pgsource"
)

// stores are where operations wait for a relay, one of each kind, with what outboxes
// need in them.
type stores struct {
	pg    *pgtest.Server
	redis *services.Redis
	kafka *kafkatest.Server
	nats  *natstest.Server
}

// The outboxes' names, as bench/contestant has them.
const (
	outboxTopic   = "outbox"
	outboxStream  = "OUTBOX"
	outboxSubject = "outbox.0"
)

func startStores(ctx context.Context) (s *stores, err error) {
	s = new(stores)
	defer func() {
		if err != nil {
			err = errors.Join(err, s.stop())
		}
	}()
	if s.pg, err = pgtest.Launch(); err != nil {
		return s, err
	}
	if s.redis, err = services.StartRedis(); err != nil {
		return s, err
	}
	if s.kafka, err = kafkatest.Launch(autoCreate); err != nil {
		return s, err
	}
	if s.nats, err = natstest.Launch("-js"); err != nil {
		return s, err
	}
	if err := s.makeTable(ctx); err != nil {
		return s, err
	}
	if err := s.makeTopic(ctx); err != nil {
		return s, err
	}
	return s, s.makeStream(ctx)
}

func (s *stores) makeTable(ctx context.Context) error {
	pool, err := pgxpool.New(ctx, s.pg.URL("", ""))
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	defer pool.Close()
	return pgsource.CreateTable(ctx, pool, outbox.DefaultTable)
}

func (s *stores) makeTopic(ctx context.Context) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(s.kafka.Address()))
	if err != nil {
		return fmt.Errorf("connect to Kafka: %w", err)
	}
	defer client.Close()
	if _, err := kadm.NewClient(client).CreateTopic(ctx, 1, 1, nil, outboxTopic); err != nil {
		return fmt.Errorf("create topic %s: %w", outboxTopic, err)
	}
	return nil
}

func (s *stores) makeStream(ctx context.Context) error {
	conn, err := nats.Connect(s.nats.URL())
	if err != nil {
		return fmt.Errorf("connect to NATS: %w", err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err == nil {
		_, err = js.CreateStream(ctx, jetstream.StreamConfig{Name: outboxStream, Subjects: []string{outboxSubject}})
	}
	if err != nil {
		return fmt.Errorf("create stream %s: %w", outboxStream, err)
	}
	return nil
}

// stop ends those that were started.
func (s *stores) stop() error {
	var errs []error
	if s.pg != nil {
		errs = append(errs, s.pg.Stop())
	}
	if s.redis != nil {
		errs = append(errs, s.redis.Stop())
	}
	if s.kafka != nil {
		errs = append(errs, s.kafka.Stop())
	}
	if s.nats != nil {
		errs = append(errs, s.nats.Stop())
	}
	return errors.Join(errs...)
}

// outboxes compares writing operations down with the bare writes of their size.
func (r *run) outboxes(ctx context.Context) (s section, err error) {
	f := &field{programs: r.programs}
	at, err := startStores(ctx)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, at.stop()) }()
	defer func() { err = errors.Join(err, f.stop()) }()
	rows, err := r.beside(f, []backend{
		{name: "PostgreSQL", driver: "pgxoutbox", bare: "insert", at: contest.Case{URL: at.pg.URL("", "")}, bulk: true, operations: true},
		{name: "Redis", driver: "redisoutbox", bare: "xadd", at: contest.Case{Addrs: at.redis.Addrs}, bulk: true, operations: true},
		{name: "Kafka", driver: "kafkaoutbox", bare: "kgo", at: contest.Case{Addrs: []string{at.kafka.Address()}}, bulk: true, operations: true},
		{name: "JetStream", driver: "jetstreamoutbox", bare: "jetstream", at: contest.Case{URL: at.nats.URL()}, bulk: true, operations: true},
	})
	s.Title = "Outboxes"
	s.About = "Emits through an outbox beside bare writes of as many bytes through the same client: inserts into the same table, XADD,\n" +
		"ProduceSync, and Publish with its acknowledgement; in batches one statement, pipeline or wait for all. No relay reads."
	s.Tables = []table{tabulate("case", rows, besideColumns())}
	return s, err
}

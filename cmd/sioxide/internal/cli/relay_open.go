package cli

import (
	"context"
	"errors"
	"strconv"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/sioxide/emitter/outbox"
	"github.com/sioxide/emitter/relay"
	"github.com/sioxide/emitter/relay/jetstreamsource"
	"github.com/sioxide/emitter/relay/kafkasource"
	"github.com/sioxide/emitter/relay/pgsource"
	"github.com/sioxide/emitter/relay/redissource"
)

// defaultGroup is the consumer group on Kafka where a URL names none, as on Redis.
const defaultGroup = "sioxide"

func openRedisSource(_ context.Context, c sourceConfig) (relay.Source, error) {
	q, opts := c.options, []redissource.Option{redissource.WithLogger(c.logger)}
	if q.Has("stream") {
		opts = append(opts, redissource.Stream(q.Get("stream")))
	}
	if q.Has("group") {
		opts = append(opts, redissource.Group(q.Get("group")))
	}
	if q.Has("partitions") {
		n, err := strconv.Atoi(q.Get("partitions"))
		if err != nil || n < 1 {
			return nil, errors.New("partitions: it is a number of at least 1")
		}
		opts = append(opts, redissource.Partitions(n))
	}
	return redissource.New(c.at.Redis(), opts...), nil
}

func openPostgresSource(ctx context.Context, c sourceConfig) (relay.Source, error) {
	table := outbox.DefaultTable
	if c.options.Has("table") {
		table = c.options.Get("table")
	}
	if c.options.Has("create") {
		create, err := strconv.ParseBool(c.options.Get("create"))
		if err != nil {
			return nil, errors.New("create: it is true or false")
		}
		if create {
			if err := pgsource.CreateTable(ctx, c.at.Postgres(), table); err != nil {
				return nil, err
			}
		}
	}
	return pgsource.New(c.at.Postgres(), pgsource.Table(table), pgsource.WithLogger(c.logger)), nil
}

func openKafkaSource(_ context.Context, c sourceConfig) (relay.Source, error) {
	topic, group := c.options.Get("topic"), defaultGroup
	if topic == "" {
		return nil, usage("it names no topic; write kafka://HOST:PORT/TOPIC")
	}
	if c.options.Has("group") {
		group = c.options.Get("group")
	}
	var opts []kafkasource.Option
	if c.dead != "" {
		opts = append(opts, kafkasource.DeadTopic(c.dead))
	}
	return kafkasource.New(c.at.KafkaOptions(), topic, group, opts...)
}

func openJetStreamSource(_ context.Context, c sourceConfig) (relay.Source, error) {
	name := c.options.Get("stream")
	if name == "" {
		return nil, usage("it names no stream; write nats://HOST?stream=NAME")
	}
	js, err := jetstream.New(c.at.NATS())
	if err != nil {
		return nil, err
	}
	var opts []jetstreamsource.Option
	if c.dead != "" {
		opts = append(opts, jetstreamsource.DeadSubject(c.dead))
	}
	if c.options.Has("bucket") {
		opts = append(opts, jetstreamsource.Bucket(c.options.Get("bucket")))
	}
	return jetstreamsource.New(js, name, opts...), nil
}

package main

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/kafkadriver"
	"github.com/sioxide/emitter/driver/natsdriver"
	"github.com/sioxide/emitter/driver/redisdriver"
	"github.com/sioxide/emitter/driver/rueidisdriver"
)

// connect returns a driver whose connection is open already.
func connect(ctx context.Context, c config) (emitter.Driver, error) {
	switch c.driver {
	case "redisdriver":
		client := redis.NewClient(&redis.Options{Addr: c.addr})
		if err := client.Ping(ctx).Err(); err != nil {
			return nil, fmt.Errorf("connect go-redis: %w", err)
		}
		if c.command == "SPUBLISH" {
			return redisdriver.New(client, redisdriver.Sharded()), nil
		}
		return redisdriver.New(client), nil
	case "rueidisdriver":
		client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{c.addr}})
		if err != nil {
			return nil, fmt.Errorf("connect rueidis: %w", err)
		}
		if c.command == "SPUBLISH" {
			return rueidisdriver.New(client, rueidisdriver.Sharded()), nil
		}
		return rueidisdriver.New(client), nil
	case "kafkadriver":
		client, err := kgo.NewClient(kgo.SeedBrokers(c.addr))
		if err == nil {
			err = client.Ping(ctx)
		}
		if err != nil {
			return nil, fmt.Errorf("connect franz-go: %w", err)
		}
		return kafkadriver.New(client), nil
	case "natsdriver":
		conn, err := nats.Connect(c.addr)
		if err != nil {
			return nil, fmt.Errorf("connect nats.go: %w", err)
		}
		return natsdriver.New(conn), nil
	}
	return nil, fmt.Errorf("unknown driver %s: use redisdriver, rueidisdriver, kafkadriver or natsdriver", c.driver)
}

package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/redisdriver"
	"github.com/sioxide/emitter/driver/rueidisdriver"
)

// connections stay open from case to case, by where they lead, and so do drivers.
type connections struct {
	redis   map[string]redis.UniversalClient
	rueidis map[string]rueidis.Client
	pools   map[string]*pgxpool.Pool
	mongo   map[string]*mongo.Client
	kafka   map[string]*kgo.Client
	nats    map[string]*nats.Conn
	drivers map[string]emitter.Driver
}

// open returns what is open under a key, or opens it.
func open[T any](all *map[string]T, key string, start func() (T, error)) (T, error) {
	if v, ok := (*all)[key]; ok {
		return v, nil
	}
	v, err := start()
	if err != nil {
		return v, fmt.Errorf("connect to %s: %w", key, err)
	}
	if *all == nil {
		*all = make(map[string]T)
	}
	(*all)[key] = v
	return v, nil
}

func (c *connections) goRedis(in input) (redis.UniversalClient, error) {
	return open(&c.redis, strings.Join(in.Addrs, ","), func() (redis.UniversalClient, error) {
		client := redis.NewUniversalClient(&redis.UniversalOptions{Addrs: in.Addrs})
		return client, client.Ping(context.Background()).Err()
	})
}

func (c *connections) rueidisClient(in input) (rueidis.Client, error) {
	return open(&c.rueidis, strings.Join(in.Addrs, ","), func() (rueidis.Client, error) {
		return rueidis.NewClient(rueidis.ClientOption{InitAddress: in.Addrs})
	})
}

func (c *connections) pool(in input) (*pgxpool.Pool, error) {
	return open(&c.pools, in.URL, func() (*pgxpool.Pool, error) {
		return pgxpool.New(context.Background(), in.URL)
	})
}

func (c *connections) collection(in input, name string) (*mongo.Collection, error) {
	client, err := open(&c.mongo, in.URL, func() (*mongo.Client, error) {
		return mongo.Connect(options.Client().ApplyURI(in.URL))
	})
	if err != nil {
		return nil, err
	}
	return client.Database("bench").Collection(name), nil
}

// kafkaClient makes topics as they are used. It does not linger, as kafkaoutbox advises;
// ProduceSync and kafkadriver never do.
func (c *connections) kafkaClient(in input) (*kgo.Client, error) {
	return open(&c.kafka, strings.Join(in.Addrs, ","), func() (*kgo.Client, error) {
		return kgo.NewClient(kgo.SeedBrokers(in.Addrs...), kgo.AllowAutoTopicCreation(), kgo.ProducerLinger(0))
	})
}

func (c *connections) natsConn(in input) (*nats.Conn, error) {
	return open(&c.nats, in.URL, func() (*nats.Conn, error) { return nats.Connect(in.URL) })
}

func (c *connections) jetStream(in input) (jetstream.JetStream, error) {
	conn, err := c.natsConn(in)
	if err != nil {
		return nil, err
	}
	return jetstream.New(conn)
}

func (c *connections) redisDriver(in input) (emitter.Driver, error) {
	return open(&c.drivers, driverKey("redisdriver", in), func() (emitter.Driver, error) {
		client, err := c.goRedis(in)
		if err != nil {
			return nil, err
		}
		if in.Sharded {
			return redisdriver.New(client, redisdriver.Sharded()), nil
		}
		return redisdriver.New(client, redisdriver.Classic()), nil
	})
}

func (c *connections) rueidisDriver(in input) (emitter.Driver, error) {
	return open(&c.drivers, driverKey("rueidisdriver", in), func() (emitter.Driver, error) {
		client, err := c.rueidisClient(in)
		if err != nil {
			return nil, err
		}
		if in.Sharded {
			return rueidisdriver.New(client, rueidisdriver.Sharded()), nil
		}
		return rueidisdriver.New(client, rueidisdriver.Classic()), nil
	})
}

func driverKey(name string, in input) string {
	return fmt.Sprint(name, " ", in.Addrs, in.URL, in.Sharded)
}

// close ends the clients; the process ends after it.
func (c *connections) close() {
	for _, client := range c.redis {
		_ = client.Close()
	}
	for _, client := range c.rueidis {
		client.Close()
	}
	for _, pool := range c.pools {
		pool.Close()
	}
	for _, client := range c.mongo {
		_ = client.Disconnect(context.Background())
	}
	for _, client := range c.kafka {
		client.Close()
	}
	for _, conn := range c.nats {
		conn.Close()
	}
}

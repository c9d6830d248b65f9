package bursts

import (
	"errors"

	"github.com/nats-io/nats.go"
	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/conformance/internal/redisnode"
	"github.com/sioxide/emitter/conformance/internal/rustserver"
	"github.com/sioxide/emitter/driver/drivertest/kafkatest"
	"github.com/sioxide/emitter/driver/drivertest/natstest"
	"github.com/sioxide/emitter/driver/kafkadriver"
	"github.com/sioxide/emitter/driver/natsdriver"
	"github.com/sioxide/emitter/driver/redisdriver"
)

// backend is what the servers talk through.
type backend interface {
	addr() string // host and port, for senders
	url() string  // in the form of the servers' driver
	asker() asker // what the marks are sent by
	stop() error
}

type asker interface {
	emitter.Driver
	emitter.Windower
	Close() error
}

func startBackend(d rustserver.Driver) (backend, error) {
	switch d {
	case rustserver.Kafka:
		return startKafka()
	case rustserver.Nats:
		return startNats()
	}
	return startRedis(d == rustserver.Fred)
}

// onRedis is a standalone Redis.
type onRedis struct {
	redis   *redisnode.Redis
	client  *redis.Client
	driver  *redisdriver.Driver
	sharded bool
}

func startRedis(sharded bool) (backend, error) {
	on, err := redisnode.StartStandalone()
	if err != nil {
		return nil, err
	}
	client := redis.NewClient(&redis.Options{Addr: on.Addrs[0]})
	var opts []redisdriver.Option
	if sharded {
		opts = append(opts, redisdriver.Sharded())
	}
	return &onRedis{on, client, redisdriver.New(client, opts...), sharded}, nil
}

func (b *onRedis) addr() string { return b.redis.Addrs[0] }
func (b *onRedis) asker() asker { return b.driver }

func (b *onRedis) url() string {
	if b.sharded {
		return "redis://" + b.addr()
	}
	return "redis://" + b.addr() + "?protocol=resp3"
}

func (b *onRedis) stop() error {
	return errors.Join(b.driver.Close(), b.client.Close(), b.redis.Stop())
}

// onKafka is a Kafka of one node.
type onKafka struct {
	server *kafkatest.Server
	client *kgo.Client
	driver *kafkadriver.Driver
}

func startKafka() (backend, error) {
	server, err := kafkatest.Launch()
	if err != nil {
		return nil, err
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(server.Address()))
	if err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	return &onKafka{server, client, kafkadriver.New(client)}, nil
}

func (b *onKafka) addr() string { return b.server.Address() }
func (b *onKafka) url() string  { return "kafka://" + b.server.Address() }
func (b *onKafka) asker() asker { return b.driver }

func (b *onKafka) stop() error {
	err := b.driver.Close()
	b.client.Close()
	return errors.Join(err, b.server.Stop())
}

// onNats is a nats-server.
type onNats struct {
	server *natstest.Server
	conn   *nats.Conn
	driver *natsdriver.Driver
}

func startNats() (backend, error) {
	server, err := natstest.Launch()
	if err != nil {
		return nil, err
	}
	conn, err := nats.Connect(server.URL())
	if err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	return &onNats{server, conn, natsdriver.New(conn)}, nil
}

func (b *onNats) addr() string { return b.server.Addr }
func (b *onNats) url() string  { return b.server.URL() }
func (b *onNats) asker() asker { return b.driver }

func (b *onNats) stop() error {
	err := b.driver.Close()
	b.conn.Close()
	return errors.Join(err, b.server.Stop())
}

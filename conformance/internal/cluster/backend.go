package cluster

import (
	"context"

	"github.com/sioxide/emitter/conformance/internal/cases"
)

// Backend is what the servers of a cluster talk through.
type Backend interface {
	// URLs of it, in the form of the servers' driver.
	URLs() []string
	// Prefixes that it tells apart, the default first: each server has a SocketIo for each of them.
	Prefixes() []string
	// Mark sends marker n to the sockets of a namespace on all servers, and once more by the own channel of each
	// server with one of uids.
	Mark(ctx context.Context, sp space, uids []string, n int) error
	// Restart ends it and starts it again, without what it had in memory.
	Restart(ctx context.Context) error
	// Monitor listens to everything as a monitoring tool does, which servers must not be counted by.
	Monitor(ctx context.Context) (stop func() error, err error)
	Stop() error
}

// counter is a Backend that knows who hears a channel.
type counter interface {
	// Subscribed tells whether the server with that uid hears both channels of a namespace, and that of all
	// servers is heard by so many at least.
	Subscribed(ctx context.Context, sp space, uid string, servers int) (bool, error)
}

// space is a namespace of one cluster: what a channel belongs to.
type space struct{ prefix, namespace string }

// Kind of backend.
type Kind struct {
	Name  string
	has   cases.Ability
	start func(context.Context, Config) (Backend, error)
}

// Abilities of every cluster on such a backend.
func (k *Kind) Abilities() cases.Ability {
	return cases.OwnCalls | cases.LazyNamespaces | cases.RealClients | cases.Harm | k.has
}

const (
	onRedis = cases.AnyPrefix | cases.OtherPrefixes | cases.LargeMessages | cases.Counts
	// onBroker: message.max.bytes of Kafka and max_payload of nats-server are 1 MiB, for a message with its envelope.
	// Neither counts who listens; servers say that they are there.
	onBroker = cases.AnyPrefix | cases.OtherPrefixes | cases.SmallMessages
)

// The kinds.
var (
	OnRedis        = &Kind{"Redis", onRedis, startRedis}
	OnRedisCluster = &Kind{"Redis Cluster", onRedis, startRedisCluster}
	OnPostgres     = &Kind{"PostgreSQL", cases.AnyPrefix | cases.OtherPrefixes | cases.LargeMessages, startPostgres}
	OnMongo        = &Kind{"MongoDB", cases.OnePrefix | cases.LargeMessages, startMongo}
	OnKafka        = &Kind{"Kafka", onBroker, startKafka}
	OnNats         = &Kind{"NATS", onBroker, startNats}
)

package soak

import (
	"context"
	"testing"

	"github.com/sioxide/emitter/driver/drivertest/netproxy"
)

// source is where the operations wait, with relays behind its proxy.
type source interface {
	url() string // through the proxy
	link() *netproxy.Proxy
	// put writes entries in order, each at least once; where it fails, it is called again.
	put(ctx context.Context, entries []entry) error
	kill(t testing.TB)
	restart(t testing.TB)
	waiting(ctx context.Context) (int64, error) // messages that are not settled
	letters(ctx context.Context) ([]letter, error)
}

// letter is a dead letter.
type letter struct{ data, reason string }

// Sources by name, in the order of the table.
var sources = []struct { //nolint:gochecknoglobals // a table
	name  string
	start func(t testing.TB) source
}{
	{"Kafka topic", startKafka},
	{"JetStream stream", startJetStream},
	{"Redis stream", startRedis},
	{"PostgreSQL table", startPostgres},
}

// Names of the sources.
func Names() []string {
	var names []string
	for _, s := range sources {
		names = append(names, s.name)
	}
	return names
}

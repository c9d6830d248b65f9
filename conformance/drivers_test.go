package conformance

import (
	"errors"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/conformance/internal/cases"
	"github.com/sioxide/emitter/conformance/internal/cluster"
	"github.com/sioxide/emitter/driver/redisdriver"
	"github.com/sioxide/emitter/driver/rueidisdriver"
)

// driver under test: made for a cluster and ended with t.
type driver struct {
	name string
	can  cases.Ability
	make func(t *testing.T, c *cluster.Cluster, config cluster.Config) emitter.Driver
}

func (d driver) cases() []cases.Case { return cases.For(cluster.Abilities | d.can) }

var drivers = []driver{
	{"redisdriver", cases.Answers, newRedisDriver},
	{"rueidisdriver", cases.Answers, newRueidisDriver},
}

// needsSharded tells where the drivers' default is not the servers' way.
func needsSharded(config cluster.Config) bool { return config.Sharded() && !config.OnNodes }

func newRedisDriver(t *testing.T, c *cluster.Cluster, config cluster.Config) emitter.Driver {
	var client redis.UniversalClient
	if config.OnNodes {
		client = redis.NewClusterClient(&redis.ClusterOptions{Addrs: c.Redis.Addrs})
	} else {
		client = redis.NewClient(&redis.Options{Addr: c.Redis.Addrs[0]})
	}
	var opts []redisdriver.Option
	if needsSharded(config) {
		opts = append(opts, redisdriver.Sharded())
	}
	d := redisdriver.New(client, opts...)
	t.Cleanup(func() {
		if err := errors.Join(d.Close(), client.Close()); err != nil {
			t.Errorf("close redisdriver and go-redis: %v", err)
		}
	})
	return d
}

func newRueidisDriver(t *testing.T, c *cluster.Cluster, config cluster.Config) emitter.Driver {
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: c.Redis.Addrs})
	if err != nil {
		t.Fatalf("connect rueidis: %v", err)
	}
	var opts []rueidisdriver.Option
	if needsSharded(config) {
		opts = append(opts, rueidisdriver.Sharded())
	}
	d := rueidisdriver.New(client, opts...)
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close rueidisdriver: %v", err)
		}
		client.Close()
	})
	return d
}

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

var redisDrivers = []driver{
	{"redisdriver", cases.Answers, newRedisDriver},
	{"rueidisdriver", cases.Answers, newRueidisDriver},
}

func redisOf(t *testing.T, c *cluster.Cluster) *cluster.Redis {
	on, ok := c.Backend.(*cluster.Redis)
	if !ok {
		t.Fatalf("the cluster is on %T, not on Redis", c.Backend)
	}
	return on
}

// needsSharded tells where the drivers' default is not the servers' way.
func needsSharded(on *cluster.Redis) bool { return on.Sharded() && !on.Cluster }

func newRedisDriver(t *testing.T, c *cluster.Cluster) emitter.Driver {
	on := redisOf(t, c)
	var client redis.UniversalClient
	if on.Cluster {
		client = redis.NewClusterClient(&redis.ClusterOptions{Addrs: on.Addrs})
	} else {
		client = redis.NewClient(&redis.Options{Addr: on.Addrs[0]})
	}
	var opts []redisdriver.Option
	if needsSharded(on) {
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

func newRueidisDriver(t *testing.T, c *cluster.Cluster) emitter.Driver {
	on := redisOf(t, c)
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: on.Addrs})
	if err != nil {
		t.Fatalf("connect rueidis: %v", err)
	}
	var opts []rueidisdriver.Option
	if needsSharded(on) {
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

package redisdriver

import (
	"errors"
	"log/slog"

	"github.com/redis/go-redis/v9"
)

// Option changes what New makes.
type Option interface{ apply(*config) }

type config struct {
	sharded, classic bool
	logger           *slog.Logger // nil: silent
}

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

func configOf(opts []Option) config {
	var c config
	for _, o := range opts {
		if o != nil {
			o.apply(&c)
		}
	}
	return c
}

// Sharded publishes by SPUBLISH, overriding the default of PUBLISH for a client
// that is not of a Redis Cluster. Servers with the fred driver need it on a
// standalone Redis. It needs Redis 7.0.
func Sharded() Option { return optionFunc(func(c *config) { c.sharded = true }) }

// Classic publishes by PUBLISH, overriding the default of SPUBLISH for a
// *redis.ClusterClient on a Redis Cluster. Servers can't be counted then: each
// node of it knows its own subscribers only.
func Classic() Option { return optionFunc(func(c *config) { c.classic = true }) }

var errBothOptions = errors.New("both Sharded and Classic were given; servers listen to one of them: leave one out")

// isCluster tells whether a cluster client's slots are those of a Redis Cluster:
// redis.NewFailoverClusterClient gives them all to the master that Sentinel names.
func isCluster(c *redis.ClusterClient) bool { return c.Options().ClusterSlots == nil }

// isSharded tells how to publish through client.
func isSharded(client redis.UniversalClient, c config) (bool, error) {
	cluster, ok := client.(*redis.ClusterClient)
	sharded := ok && isCluster(cluster)
	if c.sharded && c.classic {
		return false, errBothOptions
	}
	return c.sharded || sharded && !c.classic, nil
}

package redisdriver

import (
	"errors"

	"github.com/redis/go-redis/v9"
)

// Option changes what New makes.
type Option interface{ apply(*config) }

type config struct{ sharded, classic bool }

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

// Sharded publishes by SPUBLISH, overriding the default of PUBLISH for a client
// that is not a *redis.ClusterClient. Servers with the fred driver need it on a
// standalone Redis. It needs Redis 7.0.
func Sharded() Option { return optionFunc(func(c *config) { c.sharded = true }) }

// Classic publishes by PUBLISH, overriding the default of SPUBLISH for a
// *redis.ClusterClient. Servers can't be counted then: each node of a Redis
// Cluster knows its own subscribers only.
func Classic() Option { return optionFunc(func(c *config) { c.classic = true }) }

var errBothOptions = errors.New("both Sharded and Classic were given; servers listen to one of them: leave one out")

// isSharded tells how to publish through client.
func isSharded(client redis.UniversalClient, opts []Option) (bool, error) {
	_, sharded := client.(*redis.ClusterClient)
	var c config
	for _, o := range opts {
		if o != nil {
			o.apply(&c)
		}
	}
	if c.sharded && c.classic {
		return false, errBothOptions
	}
	return c.sharded || sharded && !c.classic, nil
}

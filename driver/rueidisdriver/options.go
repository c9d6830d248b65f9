package rueidisdriver

import (
	"errors"
	"log/slog"

	"github.com/redis/rueidis"
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
// that is not of a cluster. Servers with the fred driver need it on a
// standalone Redis. It needs Redis 7.0.
func Sharded() Option { return optionFunc(func(c *config) { c.sharded = true }) }

// Classic publishes by PUBLISH, overriding the default of SPUBLISH for the client
// of a cluster. Servers can't be counted then: each node of a Redis Cluster knows
// its own subscribers only.
func Classic() Option { return optionFunc(func(c *config) { c.classic = true }) }

var errBothOptions = errors.New("both Sharded and Classic were given; servers listen to one of them: leave one out")

// isSharded tells how to publish through client.
func isSharded(client rueidis.Client, c config) (bool, error) {
	if c.sharded && c.classic {
		return false, errBothOptions
	}
	return c.sharded || client.Mode() == rueidis.ClientModeCluster && !c.classic, nil
}

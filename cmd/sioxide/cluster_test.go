package main_test

import (
	"testing"

	"github.com/sioxide/emitter/cmd/sioxide/internal/testkit"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
)

// cluster is a real Redis with real servers, and the environment that names it.
type cluster struct {
	redis   *redistest.Server
	servers []*testkit.Server
	url     string
	env     []string
}

// startCluster starts a standalone Redis with so many servers of driver redis.
func startCluster(t testing.TB, servers int) *cluster {
	t.Helper()
	return startWith(t, servers, testkit.Config{Driver: "redis"}, "?protocol=resp3", "")
}

// startSharded starts one whose servers hear sharded pub/sub only.
func startSharded(t testing.TB, servers int) *cluster {
	t.Helper()
	return startWith(t, servers, testkit.Config{Driver: "fred"}, "", "?sharded=true")
}

func startWith(t testing.TB, servers int, config testkit.Config, serverQuery, query string) *cluster {
	t.Helper()
	c := &cluster{redis: redistest.Start(t)}
	c.url = "redis://" + c.redis.Addr + query
	c.env = environment(t, "SIOXIDE_URL="+c.url)
	config.URLs = []string{"redis://" + c.redis.Addr + "/" + serverQuery}
	for range servers {
		c.servers = append(c.servers, testkit.StartServer(t, config))
	}
	return c
}

// run runs the command on the cluster.
func (c *cluster) run(t testing.TB, args ...string) result {
	t.Helper()
	return run(t, c.env, "", args...)
}

// connect connects a client to a server of the cluster and lets it join rooms.
func (c *cluster) connect(t testing.TB, server int, ns string, rooms ...string) *client {
	t.Helper()
	one := connect(t, c.servers[server], ns)
	if len(rooms) > 0 {
		one.join(rooms...)
	}
	return one
}

package bursts

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/conformance/internal/redisnode"
	"github.com/sioxide/emitter/conformance/internal/rustserver"
	"github.com/sioxide/emitter/driver/redisdriver"
)

// Cluster is a Redis, two servers on it, and counting clients on both.
type Cluster struct {
	driver   rustserver.Driver
	script   string
	programs Programs

	redis   *redisnode.Redis
	servers [2]*rustserver.Server
	members []members
	client  *redis.Client
	asker   *redisdriver.Driver
	io      emitter.Emitter // sends the marks
	logged  [2]int          // how much of each server's log was read
}

// members are the clients of one process.
type members struct {
	counters *Counters
	rooms    [][]string // of each client
}

// Start starts a cluster whose servers use driver. script is the path of clients/counter.mjs.
func Start(ctx context.Context, driver rustserver.Driver, script string, programs Programs) (*Cluster, error) {
	c := &Cluster{driver: driver, script: script, programs: programs}
	if err := c.start(ctx); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context) (err error) {
	if c.redis, err = redisnode.StartStandalone(); err != nil {
		return err
	}
	c.client = redis.NewClient(&redis.Options{Addr: c.redis.Addrs[0]})
	if c.isSharded() {
		c.asker = redisdriver.New(c.client, redisdriver.Sharded())
	} else {
		c.asker = redisdriver.New(c.client)
	}
	c.io = emitter.New(c.asker)
	return c.serve(ctx)
}

func (c *Cluster) isSharded() bool { return c.driver == rustserver.Fred }

// Window is how many events a Batch sends to these servers at once.
func (c *Cluster) Window() int {
	events, _ := c.asker.Window()
	return events
}

// url of the Redis in the form of the servers' driver.
func (c *Cluster) url() string {
	if c.isSharded() {
		return "redis://" + c.redis.Addrs[0]
	}
	return "redis://" + c.redis.Addrs[0] + "?protocol=resp3"
}

// serve starts the servers and connects clients to both.
func (c *Cluster) serve(ctx context.Context) (err error) {
	c.logged = [2]int{}
	for i := range c.servers {
		c.servers[i], err = rustserver.Start(rustserver.Config{
			Set: rustserver.Current, Driver: c.driver, URLs: []string{c.url()},
			Prefixes: []string{emitter.DefaultPrefix}, Parser: emitter.Common.String(),
		})
		if err != nil {
			return err
		}
		var rooms [][]string
		for n := range clientsOfServer {
			rooms = append(rooms, roomsOf(n))
		}
		if err := c.connect(ctx, i, rooms); err != nil {
			return err
		}
	}
	return c.connect(ctx, 0, [][]string{five.Names})
}

// connect starts a process with a client of server i for each of rooms.
func (c *Cluster) connect(ctx context.Context, i int, rooms [][]string) error {
	counters, err := StartCounters(c.script)
	if err != nil {
		return err
	}
	c.members = append(c.members, members{counters, rooms})
	for _, of := range rooms {
		if err := counters.Connect(ctx, c.servers[i].Instances[0].URL(), of); err != nil {
			return fmt.Errorf("connect a counting client to server %d: %w", i, err)
		}
	}
	return nil
}

// pausable is the process whose only client is paused in some rows.
func (c *Cluster) pausable() *Counters { return c.members[len(c.members)-1].counters }

// Restart replaces the servers and clients.
func (c *Cluster) Restart(ctx context.Context) error {
	c.leave()
	return c.serve(ctx)
}

func (c *Cluster) leave() {
	for _, m := range c.members {
		m.counters.Stop()
	}
	for _, s := range c.servers {
		if s != nil {
			s.Stop()
		}
	}
	c.members, c.servers = nil, [2]*rustserver.Server{}
}

// Stop ends everything.
func (c *Cluster) Stop() error {
	c.leave()
	var errs []error
	if c.asker != nil {
		errs = append(errs, c.asker.Close(), c.client.Close())
	}
	if c.redis != nil {
		errs = append(errs, c.redis.Stop())
	}
	return errors.Join(errs...)
}

// share is how many of the room's names a client with these rooms is in.
func (r Room) share(rooms []string) int {
	n := 0
	for _, name := range r.Names {
		if slices.Contains(rooms, name) {
			n++
		}
	}
	return n
}

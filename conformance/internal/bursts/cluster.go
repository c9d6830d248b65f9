package bursts

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/conformance/internal/rustserver"
)

// Cluster is a backend, two servers on it, and counting clients on both.
type Cluster struct {
	driver   rustserver.Driver
	script   string
	programs Programs

	backend backend // nil: not started
	servers [2]*rustserver.Server
	members []members
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
	if c.backend, err = startBackend(c.driver); err != nil {
		return err
	}
	c.io = emitter.New(c.backend.asker())
	return c.serve(ctx)
}

// Window is how many events a Batch sends to these servers at once.
func (c *Cluster) Window() int {
	events, _ := c.backend.asker().Window()
	return events
}

// serve starts the servers and connects clients to both.
func (c *Cluster) serve(ctx context.Context) (err error) {
	c.logged = [2]int{}
	for i := range c.servers {
		c.servers[i], err = rustserver.Start(rustserver.Config{
			Set: rustserver.Current, Driver: c.driver, URLs: []string{c.backend.url()},
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
	err = c.connect(ctx, 0, [][]string{five.Names})
	c.losses() // what servers say while they start is of no burst
	return err
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
	if c.backend == nil {
		return nil
	}
	return c.backend.stop()
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

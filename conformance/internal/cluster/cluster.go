// Package cluster puts a cluster under test together: a backend, two Rust servers on it, and JavaScript clients that
// stand in all namespaces of both.
package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/conformance/internal/jsclient"
	"github.com/sioxide/emitter/conformance/internal/rustserver"
)

// Config says what cluster to start.
type Config struct {
	Kind    *Kind // of the backend
	Set     rustserver.Set
	Driver  rustserver.Driver
	Parser  emitter.Parser
	Clients string // the path of clients/main.mjs
	// AckTimeout of the servers; 0 keeps the crate's default of 5 s.
	AckTimeout time.Duration
	// Role of the servers on PostgreSQL; "" is the superuser. Prepare is run before they start.
	Role, Prepare string
	// Table of attachments, and how often and from which age on servers clean it up; without them the crate's own.
	Table   string
	Cleanup time.Duration
}

// window is how many events the servers' queues hold for sure: fred's holds 32 messages, of which the markers of
// Settle take some; redis's 1,024, but a client's own only 128 packets (protocol.md, What harms a cluster).
func (c Config) window() int {
	if c.Driver == rustserver.Fred {
		return 16
	}
	return 64
}

// questions is how many questions fit into those queues besides the markers.
func (c Config) questions() int {
	if c.Driver == rustserver.Fred {
		return 16
	}
	return 200
}

// defaultAckTimeout is that of socketioxide (src/io.rs: SocketIoConfig).
const defaultAckTimeout = 5 * time.Second

func (c Config) ackTimeout() time.Duration { return cmp.Or(c.AckTimeout, defaultAckTimeout) }

// Cluster is a running cluster. One case at a time may use it.
type Cluster struct {
	Backend Backend
	Servers [2]*rustserver.Server

	config   Config
	clients  *jsclient.Clients
	standing []*socket
	sockets  []*socket // standing ones and those of the case that runs
	conns    int
	marks    int
}

// Start starts everything, or nothing: an error leaves no process behind.
func Start(ctx context.Context, config Config) (*Cluster, error) {
	c := &Cluster{config: config}
	if err := c.start(ctx); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context) (err error) {
	if c.Backend, err = c.config.Kind.start(ctx, c.config); err != nil {
		return err
	}
	if c.clients, err = jsclient.Start(c.config.Clients); err != nil {
		return err
	}
	return c.serve(ctx)
}

// serve starts the servers and connects the standing sockets.
func (c *Cluster) serve(ctx context.Context) (err error) {
	for i := range c.Servers {
		if c.Servers[i], err = rustserver.Start(c.serverConfig(i)); err != nil {
			return err
		}
	}
	return c.stand(ctx)
}

// sidRoom: the handlers of the first server join each socket to the room named by its id, those of the second do not.
var sidRoom = [2]bool{true, false}

func (c *Cluster) serverConfig(i int) rustserver.Config {
	return rustserver.Config{
		Set:        c.config.Set,
		Driver:     c.config.Driver,
		URLs:       c.Backend.URLs(),
		Prefixes:   c.Backend.Prefixes(),
		Parser:     c.config.Parser.String(),
		SidRoom:    sidRoom[i],
		AckTimeout: c.config.AckTimeout,
		Table:      c.config.Table,
		Cleanup:    c.config.Cleanup,
	}
}

// Logs are the warnings and errors of both servers so far.
func (c *Cluster) Logs() string {
	var logs strings.Builder
	for i, s := range c.Servers {
		if s != nil && s.Log() != "" {
			fmt.Fprintf(&logs, "server %d: %s", i, s.Log())
		}
	}
	return logs.String()
}

// Stop ends all processes.
func (c *Cluster) Stop() error {
	if c.clients != nil {
		c.clients.Stop()
	}
	for _, s := range c.Servers {
		if s != nil {
			s.Stop()
		}
	}
	if c.Backend == nil {
		return nil
	}
	return c.Backend.Stop()
}

package cluster

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// Kill ends a server as kill -9 does.
func (c *Cluster) Kill(server int) { c.Servers[server].Kill() }

// Pause stops a server without ending it; Redis and the clients still see it connected.
func (c *Cluster) Pause(server int) (resume func() error, err error) {
	s := c.Servers[server]
	if err := s.Pause(); err != nil {
		return nil, err
	}
	return s.Resume, nil
}

// RestartBackend kills Redis and starts it again on the same ports. Servers do not come back from that by themselves
// (protocol.md): Revive replaces them.
func (c *Cluster) RestartBackend(ctx context.Context) error { return c.Redis.Restart(ctx) }

// Revive replaces both servers and all sockets.
func (c *Cluster) Revive(ctx context.Context) error {
	for _, s := range c.Servers {
		s.Kill()
	}
	c.sockets, c.standing = nil, nil
	if err := c.serve(ctx); err != nil {
		return fmt.Errorf("replace the servers: %w", err)
	}
	return nil
}

// Monitor subscribes to all channels by pattern, which servers must not be counted by.
func (c *Cluster) Monitor(ctx context.Context) (stop func() error, err error) {
	client := redis.NewClient(&redis.Options{Addr: c.Redis.Addrs[0]})
	sub := client.PSubscribe(ctx, "*")
	if _, err := sub.Receive(ctx); err != nil {
		return nil, fmt.Errorf("PSUBSCRIBE *: %w", errors.Join(err, client.Close()))
	}
	return func() error { return errors.Join(sub.Close(), client.Close()) }, nil
}

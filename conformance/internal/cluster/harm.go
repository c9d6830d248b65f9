package cluster

import (
	"context"
	"fmt"
)

// Kill ends a server as kill -9 does.
func (c *Cluster) Kill(server int) { c.Servers[server].Kill() }

// Pause stops a server without ending it; the backend and the clients still see it connected.
func (c *Cluster) Pause(server int) (resume func() error, err error) {
	s := c.Servers[server]
	if err := s.Pause(); err != nil {
		return nil, err
	}
	return s.Resume, nil
}

// RestartBackend kills the backend and starts it again on the same ports. Most servers do not come back from that by
// themselves (protocol.md): Revive replaces them.
func (c *Cluster) RestartBackend(ctx context.Context) error { return c.Backend.Restart(ctx) }

// Monitor listens to all channels, which servers must not be counted by.
func (c *Cluster) Monitor(ctx context.Context) (stop func() error, err error) {
	return c.Backend.Monitor(ctx)
}

// Revive replaces both servers and all sockets.
func (c *Cluster) Revive(ctx context.Context) error {
	for _, s := range c.Servers {
		if s != nil { // one that did not start
			s.Kill()
		}
	}
	c.sockets, c.standing = nil, nil
	if err := c.serve(ctx); err != nil {
		return fmt.Errorf("replace the servers: %w", err)
	}
	return nil
}

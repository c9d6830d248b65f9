package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sioxide/emitter/conformance/internal/jsclient"
	"github.com/sioxide/emitter/conformance/internal/rustserver"
)

// marker is the event by which the run learns that a socket has seen everything sent before on a channel.
const marker = "conformance marker"

// settle sends a marker on every channel of every namespace that has a socket, and returns once each socket has the
// two that are for it: the one on the channel of all servers, and the one on its own server's. A server handles a
// channel in order, and a client receives in order, so that what has not arrived by then never will.
func (c *Cluster) settle(ctx context.Context) error {
	c.sockets = slices.DeleteFunc(c.sockets, func(s *socket) bool {
		_, gone := s.Disconnected()
		return gone && !slices.Contains(c.standing, s)
	})
	c.marks++
	for _, sp := range c.spaces() {
		if err := c.mark(ctx, sp); err != nil {
			return fmt.Errorf("send a marker to %s: %w", sp.namespace, err)
		}
	}
	for _, s := range c.sockets {
		if err := s.client.Until(ctx, c.marked); err != nil {
			return fmt.Errorf("socket %s never saw the marker: %w\n%s", s.name, err, c.Logs())
		}
	}
	return nil
}

func (c *Cluster) spaces() []space {
	var spaces []space
	for _, s := range c.sockets {
		sp := space{s.prefix, s.Namespace()}
		if !slices.Contains(spaces, sp) {
			spaces = append(spaces, sp)
		}
	}
	return spaces
}

// marked tells whether both markers of the current round are among events.
func (c *Cluster) marked(events []jsclient.Event) bool {
	found := 0
	for _, e := range slices.Backward(events) {
		if e.Name == marker && e.Args[0] == float64(c.marks) {
			found++
		}
		if found == 2 {
			return true
		}
	}
	return false
}

func (c *Cluster) mark(ctx context.Context, sp space) error {
	var uids []string
	for _, server := range c.Servers {
		for _, at := range server.Instances {
			if at.Prefix == sp.prefix {
				uids = append(uids, at.UID)
			}
		}
	}
	return c.Backend.Mark(ctx, sp, uids, c.marks)
}

// waitHeard returns once nothing that is sent to a socket's namespace can miss its server: a server may say that a
// client is connected before it is subscribed.
func (c *Cluster) waitHeard(ctx context.Context, s *socket, at rustserver.Instance) error {
	sp := space{s.prefix, s.Namespace()}
	if b, ok := c.Backend.(counter); ok {
		return c.waitSubscribed(ctx, b, sp, at.UID)
	}
	return c.waitMarked(ctx, s, sp, at.UID)
}

func (c *Cluster) waitSubscribed(ctx context.Context, b counter, sp space, uid string) error {
	const every = 5 * time.Millisecond
	want := c.serversIn(sp)
	for {
		if ok, err := b.Subscribed(ctx, sp, uid, want); ok || err != nil {
			return err
		}
		select {
		case <-time.After(every):
		case <-ctx.Done():
			return fmt.Errorf("server %s and %d in all subscribed to %s: %w", uid, want, sp.namespace, ctx.Err())
		}
	}
}

// waitMarked sends markers until the socket has seen both of one round.
func (c *Cluster) waitMarked(ctx context.Context, s *socket, sp space, uid string) error {
	const every = 100 * time.Millisecond
	for {
		c.marks++
		if err := c.Backend.Mark(ctx, sp, []string{uid}, c.marks); err != nil {
			return fmt.Errorf("send a marker to %s: %w", sp.namespace, err)
		}
		waiting, cancel := context.WithTimeout(ctx, every)
		err := s.client.Until(waiting, c.marked)
		cancel()
		if err == nil || ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
	}
}

// serversIn counts the servers that have a socket in a namespace, and so must listen there.
func (c *Cluster) serversIn(sp space) int {
	var seen [len(c.Servers)]bool
	n := 0
	for _, s := range c.sockets {
		if s.prefix == sp.prefix && s.Namespace() == sp.namespace && !seen[s.server] {
			seen[s.server] = true
			n++
		}
	}
	return n
}

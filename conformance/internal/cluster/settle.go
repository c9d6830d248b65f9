package cluster

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/sioxide/emitter/conformance/internal/jsclient"
	"github.com/sioxide/emitter/conformance/internal/rustserver"
	"github.com/sioxide/emitter/conformance/internal/wire"
)

// marker is the event by which the run learns that a socket has seen everything sent before on a channel.
const marker = "conformance marker"

// space is a namespace of one cluster: what a channel belongs to.
type space struct{ prefix, namespace string }

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
	message, err := wire.Event(c.config.Parser.String(), sp.namespace, marker, c.marks)
	if err != nil {
		return err
	}
	channels := []string{wire.Channel(sp.prefix, sp.namespace, "")}
	for _, server := range c.Servers {
		for _, at := range server.Instances {
			if at.Prefix == sp.prefix {
				channels = append(channels, wire.Channel(sp.prefix, sp.namespace, at.UID))
			}
		}
	}
	for _, channel := range channels {
		if err := c.publish(ctx, channel, message); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cluster) publish(ctx context.Context, channel string, message []byte) error {
	if c.config.Sharded() {
		return c.Redis.Client.SPublish(ctx, channel, message).Err()
	}
	return c.Redis.Client.Publish(ctx, channel, message).Err()
}

// waitSubscribed returns once Redis knows an instance as a subscriber of both channels of a namespace: a server may
// say that a client is connected before that.
func (c *Cluster) waitSubscribed(ctx context.Context, at rustserver.Instance, namespace string) error {
	const every = 5 * time.Millisecond
	all, own := wire.Channel(at.Prefix, namespace, ""), wire.Channel(at.Prefix, namespace, at.UID)
	want := c.serversIn(space{at.Prefix, namespace})
	for {
		inAll, err := c.subscribers(ctx, all)
		if err != nil {
			return err
		}
		inOwn, err := c.subscribers(ctx, own)
		if err != nil {
			return err
		}
		if inAll >= want && inOwn > 0 {
			return nil
		}
		select {
		case <-time.After(every):
		case <-ctx.Done():
			return fmt.Errorf("%d of %d servers subscribed to %s: %w", inAll, want, all, ctx.Err())
		}
	}
}

// serversIn counts the servers that have a socket in a namespace, and so must listen there.
func (c *Cluster) serversIn(sp space) int64 {
	var seen [len(c.Servers)]bool
	var n int64
	for _, s := range c.sockets {
		if s.prefix == sp.prefix && s.Namespace() == sp.namespace && !seen[s.server] {
			seen[s.server] = true
			n++
		}
	}
	return n
}

// subscribers counts the subscribers of a channel, on a Redis Cluster at the node of its slot.
func (c *Cluster) subscribers(ctx context.Context, channel string) (int64, error) {
	var client redis.Cmdable = c.Redis.Client
	if nodes, ok := c.Redis.Client.(*redis.ClusterClient); ok {
		node, err := nodes.MasterForKey(ctx, channel)
		if err != nil {
			return 0, fmt.Errorf("find the node of %s: %w", channel, err)
		}
		client = node
	}
	count := client.PubSubNumSub
	if c.config.Sharded() {
		count = client.PubSubShardNumSub
	}
	n, err := count(ctx, channel).Result()
	if err != nil {
		return 0, fmt.Errorf("count the subscribers of %s: %w", channel, err)
	}
	return n[channel], nil
}

package redisnode

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Redis is a standalone server or a cluster of three nodes.
type Redis struct {
	Addrs   []string
	Cluster bool
	// Client is the run's own, for what it publishes and asks itself.
	Client redis.UniversalClient
	nodes  []*node
}

// StartStandalone starts one server.
func StartStandalone() (*Redis, error) {
	n, err := startNode(false)
	if err != nil {
		return nil, fmt.Errorf("start Redis: %w", err)
	}
	return &Redis{
		Addrs:  []string{n.addr},
		Client: redis.NewClient(&redis.Options{Addr: n.addr}),
		nodes:  []*node{n},
	}, nil
}

// StartCluster starts three nodes that share the slots, and returns once each of them knows all slots.
func StartCluster(ctx context.Context) (*Redis, error) {
	r := &Redis{Cluster: true}
	for range 3 {
		n, err := startNode(true)
		if err != nil {
			return nil, fmt.Errorf("start a node of Redis Cluster: %w", errors.Join(err, r.Stop()))
		}
		r.nodes = append(r.nodes, n)
		r.Addrs = append(r.Addrs, n.addr)
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := r.meet(ctx); err != nil {
		return nil, fmt.Errorf("form a Redis Cluster: %w", errors.Join(err, r.Stop()))
	}
	r.Client = redis.NewClusterClient(&redis.ClusterOptions{Addrs: r.Addrs})
	return r, nil
}

const slots = 16384

func (r *Redis) meet(ctx context.Context) error {
	for i, n := range r.nodes {
		err := n.with(func(c *redis.Client) error { return r.introduce(ctx, c, i) })
		if err != nil {
			return err
		}
	}
	return r.waitForSlots(ctx)
}

// waitForSlots returns once every node knows an owner of every slot.
func (r *Redis) waitForSlots(ctx context.Context) error {
	for _, n := range r.nodes {
		if err := n.with(func(c *redis.Client) error { return waitForSlots(ctx, c, len(r.nodes)) }); err != nil {
			return fmt.Errorf("%s: %w", n.addr, err)
		}
	}
	return nil
}

// introduce gives node i its share of the slots, an epoch of its own, so that no two nodes have to agree on one
// first, and the address of the first node.
func (r *Redis) introduce(ctx context.Context, c *redis.Client, i int) error {
	from, to := i*slots/len(r.nodes), (i+1)*slots/len(r.nodes)-1
	first := r.nodes[0]
	commands := [][]any{
		{"CLUSTER", "ADDSLOTSRANGE", from, to},
		{"CLUSTER", "SET-CONFIG-EPOCH", i + 1},
	}
	if i > 0 {
		commands = append(commands, []any{"CLUSTER", "MEET", "127.0.0.1", first.port, first.bus})
	}
	for _, command := range commands {
		if err := c.Do(ctx, command...).Err(); err != nil {
			return fmt.Errorf("%v: %w", command, err)
		}
	}
	return nil
}

// waitForSlots returns once the node behind c knows an owner of every slot, and as many owners as there are nodes.
func waitForSlots(ctx context.Context, c *redis.Client, nodes int) error {
	const every = 20 * time.Millisecond
	for {
		known, err := c.ClusterShards(ctx).Result()
		if err != nil {
			return fmt.Errorf("CLUSTER SHARDS: %w", err)
		}
		covered := int64(0)
		for _, shard := range known {
			for _, s := range shard.Slots {
				covered += s.End - s.Start + 1
			}
		}
		if covered == slots && len(known) == nodes && clusterOK(ctx, c) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d of %d slots known: %w", covered, slots, ctx.Err())
		case <-time.After(every):
		}
	}
}

func clusterOK(ctx context.Context, c *redis.Client) bool {
	info, err := c.ClusterInfo(ctx).Result()
	return err == nil && strings.Contains(info, "cluster_state:ok")
}

// Restart kills all nodes and starts them again on the same ports, with the cluster that they formed.
func (r *Redis) Restart(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for _, n := range r.nodes {
		n.proc.Kill()
	}
	for _, n := range r.nodes {
		if err := n.run(); err != nil {
			return fmt.Errorf("start Redis again: %w", err)
		}
	}
	if r.Cluster {
		return r.waitForSlots(ctx)
	}
	return nil
}

// Stop ends all nodes and removes what they left. It may be called more than once.
func (r *Redis) Stop() error {
	var errs []error
	if r.Client != nil {
		errs = append(errs, r.Client.Close())
	}
	for _, n := range r.nodes {
		errs = append(errs, n.stop())
	}
	r.Client, r.nodes = nil, nil
	return errors.Join(errs...)
}

func (n *node) with(do func(*redis.Client) error) error {
	c := redis.NewClient(&redis.Options{Addr: n.addr})
	return errors.Join(do(c), c.Close())
}

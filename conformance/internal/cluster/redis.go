package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/conformance/internal/cases"
	"github.com/sioxide/emitter/conformance/internal/redisnode"
	"github.com/sioxide/emitter/conformance/internal/rustserver"
	"github.com/sioxide/emitter/conformance/internal/wire"
)

// Redis is a standalone Redis or a Redis Cluster as the backend.
type Redis struct {
	*redisnode.Redis
	fred   bool // the servers' driver is fred
	parser string
}

func startRedis(_ context.Context, c Config) (Backend, error) {
	return c.onRedis(redisnode.StartStandalone())
}

func startRedisCluster(ctx context.Context, c Config) (Backend, error) {
	return c.onRedis(redisnode.StartCluster(ctx))
}

func (c Config) onRedis(nodes *redisnode.Redis, err error) (Backend, error) {
	if err != nil {
		return nil, err
	}
	return &Redis{nodes, c.Driver == rustserver.Fred, c.Parser.String()}, nil
}

// Sharded tells whether the servers listen by SSUBSCRIBE: fred always does, the others on a Redis Cluster.
func (r *Redis) Sharded() bool { return r.Cluster || r.fred }

// URLs gives the redis crate RESP3, which it needs for pub/sub on a shared connection; fred takes all nodes in one.
func (r *Redis) URLs() []string {
	if r.fred {
		if !r.Cluster {
			return []string{"redis://" + r.Addrs[0]}
		}
		return []string{fmt.Sprintf("redis-cluster://%s?node=%s", r.Addrs[0], strings.Join(r.Addrs[1:], "&node="))}
	}
	urls := make([]string, len(r.Addrs))
	for i, addr := range r.Addrs {
		urls[i] = "redis://" + addr + "?protocol=resp3"
	}
	return urls
}

// Prefixes are parts of a channel's name.
func (r *Redis) Prefixes() []string { return []string{emitter.DefaultPrefix, cases.OtherPrefix} }

// Mark publishes on each of the channels.
func (r *Redis) Mark(ctx context.Context, sp space, uids []string, n int) error {
	message, err := wire.Event(r.parser, sp.namespace, marker, n)
	if err != nil {
		return err
	}
	channels := []string{wire.Channel(sp.prefix, sp.namespace, "")}
	for _, uid := range uids {
		channels = append(channels, wire.Channel(sp.prefix, sp.namespace, uid))
	}
	for _, channel := range channels {
		if err := r.publish(ctx, channel, message); err != nil {
			return err
		}
	}
	return nil
}

func (r *Redis) publish(ctx context.Context, channel string, message []byte) error {
	if r.Sharded() {
		return r.Client.SPublish(ctx, channel, message).Err()
	}
	return r.Client.Publish(ctx, channel, message).Err()
}

// Subscribed asks Redis for the subscribers of both channels.
func (r *Redis) Subscribed(ctx context.Context, sp space, uid string, servers int) (bool, error) {
	inAll, err := r.subscribers(ctx, wire.Channel(sp.prefix, sp.namespace, ""))
	if err != nil {
		return false, err
	}
	inOwn, err := r.subscribers(ctx, wire.Channel(sp.prefix, sp.namespace, uid))
	return inAll >= int64(servers) && inOwn > 0, err
}

// subscribers counts the subscribers of a channel, on a Redis Cluster at the node of its slot.
func (r *Redis) subscribers(ctx context.Context, channel string) (int64, error) {
	var client redis.Cmdable = r.Client
	if nodes, ok := r.Client.(*redis.ClusterClient); ok {
		node, err := nodes.MasterForKey(ctx, channel)
		if err != nil {
			return 0, fmt.Errorf("find the node of %s: %w", channel, err)
		}
		client = node
	}
	count := client.PubSubNumSub
	if r.Sharded() {
		count = client.PubSubShardNumSub
	}
	n, err := count(ctx, channel).Result()
	if err != nil {
		return 0, fmt.Errorf("count the subscribers of %s: %w", channel, err)
	}
	return n[channel], nil
}

// Monitor subscribes to all channels by pattern.
func (r *Redis) Monitor(ctx context.Context) (stop func() error, err error) {
	client := redis.NewClient(&redis.Options{Addr: r.Addrs[0]})
	sub := client.PSubscribe(ctx, "*")
	if _, err := sub.Receive(ctx); err != nil {
		return nil, fmt.Errorf("PSUBSCRIBE *: %w", errors.Join(err, client.Close()))
	}
	return func() error { return errors.Join(sub.Close(), client.Close()) }, nil
}

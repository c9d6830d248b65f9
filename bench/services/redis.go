// Package services starts the servers that contestants send to, on free ports of
// 127.0.0.1, and ends them.
package services

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// startTime is how long a server may take until it answers.
const startTime = 20 * time.Second

// Redis is a server, or a cluster of three nodes.
type Redis struct {
	Addrs []string
	nodes []*node
}

type node struct {
	cmd    *exec.Cmd
	client *redis.Client
	dir    string
}

// StartRedis starts one server that keeps nothing.
func StartRedis() (*Redis, error) { return start(1) }

// StartRedisCluster starts three nodes that share the slots.
func StartRedisCluster(ctx context.Context) (*Redis, error) {
	r, err := start(3, "--cluster-enabled", "yes")
	if err != nil {
		return nil, err
	}
	if err := r.form(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("form a Redis Cluster: %w", err), r.Stop())
	}
	return r, nil
}

func start(nodes int, args ...string) (*Redis, error) {
	r := new(Redis)
	for range nodes {
		n, addr, err := startNode(args)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("start redis-server: %w", err), r.Stop())
		}
		r.nodes, r.Addrs = append(r.nodes, n), append(r.Addrs, addr)
	}
	return r, nil
}

func startNode(args []string) (n *node, addr string, err error) {
	for range 5 { // a port that was free may be taken by the time the server binds it
		if n, addr, err = tryNode(args); err == nil {
			return n, addr, nil
		}
	}
	return nil, "", err
}

func tryNode(args []string) (*node, string, error) {
	port, err := freePort()
	if err != nil {
		return nil, "", err
	}
	dir, err := os.MkdirTemp("", "bench-redis-")
	if err != nil {
		return nil, "", err
	}
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	n := &node{dir: dir, client: redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1})}
	n.cmd = exec.Command("redis-server", append([]string{
		"--bind", "127.0.0.1", "--port", strconv.Itoa(port), "--dir", dir, "--save", "", "--appendonly", "no",
	}, args...)...)
	if err := n.cmd.Start(); err != nil {
		return nil, "", errors.Join(err, os.RemoveAll(dir))
	}
	err = until(context.Background(), "answer", func(ctx context.Context) (bool, error) {
		return n.client.Ping(ctx).Err() == nil, nil
	})
	if err != nil {
		return nil, "", errors.Join(err, n.stop())
	}
	return n, addr, nil
}

// freePort finds a port whose number is low enough for the bus of a cluster's node,
// which is 10,000 higher.
func freePort() (int, error) {
	for range 100 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return 0, err
		}
		port := l.Addr().(*net.TCPAddr).Port
		_ = l.Close() // it was never used
		if port < 1<<16-10_000 {
			return port, nil
		}
	}
	return 0, errors.New("no free port below 55,536 was found")
}

const slots = 16384

// form gives each node its share of the slots and lets all meet.
func (r *Redis) form(ctx context.Context) error {
	host, port, err := net.SplitHostPort(r.Addrs[0])
	if err != nil {
		return err
	}
	for i, n := range r.nodes {
		from, to := i*slots/len(r.nodes), (i+1)*slots/len(r.nodes)-1
		for _, command := range [][]any{
			{"CLUSTER", "ADDSLOTSRANGE", from, to},
			{"CLUSTER", "SET-CONFIG-EPOCH", i + 1}, // so that no two have to agree on one first
			{"CLUSTER", "MEET", host, port},
		} {
			if err := n.client.Do(ctx, command...).Err(); err != nil {
				return fmt.Errorf("%v: %w", command, err)
			}
		}
	}
	for _, n := range r.nodes {
		if err := until(ctx, "know all slots", func(ctx context.Context) (bool, error) { return n.knows(ctx, len(r.nodes)) }); err != nil {
			return err
		}
	}
	return nil
}

// knows tells whether a node knows so many others and an owner of each slot.
func (n *node) knows(ctx context.Context, nodes int) (bool, error) {
	shards, err := n.client.ClusterShards(ctx).Result()
	covered := int64(0)
	for _, shard := range shards {
		for _, s := range shard.Slots {
			covered += s.End - s.Start + 1
		}
	}
	return covered == slots && len(shards) == nodes, err
}

// until asks again and again.
func until(ctx context.Context, what string, done func(context.Context) (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	for {
		ok, err := done(ctx)
		if ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("a server did not %s in time: %w", what, ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Stop ends all nodes.
func (r *Redis) Stop() error {
	var errs []error
	for _, n := range r.nodes {
		errs = append(errs, n.stop())
	}
	return errors.Join(errs...)
}

func (n *node) stop() error {
	_ = n.client.Close()
	_ = n.cmd.Process.Kill()
	_ = n.cmd.Wait() // that it was killed is known
	return os.RemoveAll(n.dir)
}

// Version of redis-server.
func (r *Redis) Version(ctx context.Context) (string, error) {
	info, err := r.nodes[0].client.InfoMap(ctx, "server").Result()
	return info["Server"]["redis_version"], err
}

// Package stage starts what the demo plays on: a Redis in this process and two
// clusters of two nodes on it, one for each parser, as the servers of a cluster
// must all use the same one.
package stage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/alicebob/miniredis/v2"

	"github.com/sioxide/emitter/examples/demo/node"
	"github.com/sioxide/emitter/examples/demo/socketio"
)

// MsgpackPrefix is the prefix of the cluster with the msgpack parser. The one with
// the common parser has the default, "socket.io".
const MsgpackPrefix = "msgpack"

// Stage is running until Close.
type Stage struct {
	Redis   string        // address, host:port
	Common  [2]*node.Node // each node has the namespaces / and /admin
	Msgpack [2]*node.Node

	redis *miniredis.Miniredis
}

// Start runs Redis on addr ("127.0.0.1:0" takes a free port) and the nodes on free
// ports of the loopback interface. log hears of requests that nodes drop. Clients of
// pages may connect if the pages are of origins.
func Start(ctx context.Context, addr string, log *slog.Logger, origins ...string) (*Stage, error) {
	s := &Stage{redis: miniredis.NewMiniRedis()}
	if err := s.redis.StartAddr(addr); err != nil {
		return nil, fmt.Errorf("start the embedded Redis on %s: %w", addr, err)
	}
	s.Redis = s.redis.Addr()
	cfg := node.Config{Redis: s.Redis, Namespaces: []string{"/", "/admin"}, Log: log, Origins: origins}
	err := startAll(ctx, cfg, &s.Common)
	if err == nil {
		cfg.Parser, cfg.Prefix = socketio.Msgpack, MsgpackPrefix
		err = startAll(ctx, cfg, &s.Msgpack)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func startAll(ctx context.Context, cfg node.Config, nodes *[2]*node.Node) error {
	for i := range nodes {
		n, err := node.Start(ctx, cfg)
		if err != nil {
			return fmt.Errorf("start a node: %w", err)
		}
		nodes[i] = n
	}
	return nil
}

// Close ends the nodes, then Redis.
func (s *Stage) Close() error {
	var errs []error
	for _, n := range append(s.Common[:], s.Msgpack[:]...) {
		if n != nil {
			errs = append(errs, n.Close())
		}
	}
	s.redis.Close()
	return errors.Join(errs...)
}

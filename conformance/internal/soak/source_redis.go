package soak

import (
	"context"
	"fmt"
	"net/url"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter/driver/drivertest/netproxy"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
	"github.com/sioxide/emitter/outbox"
)

const redisPartitions = 6

type redisSource struct {
	server *redistest.Server
	proxy  *netproxy.Proxy
	client *redis.Client // straight to the server
}

func startRedis(t testing.TB) source {
	t.Helper()
	s := &redisSource{server: redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")}
	s.proxy = netproxy.New(t, s.server.Addr, nil)
	s.client = redis.NewClient(&redis.Options{Addr: s.server.Addr, MaxRetries: -1})
	t.Cleanup(func() { _ = s.client.Close() })
	return s
}

func (s *redisSource) url() string {
	return fmt.Sprintf("redis://%s?stream=%s&partitions=%d", s.proxy.Addr, url.QueryEscape(outbox.DefaultStream), redisPartitions)
}
func (s *redisSource) link() *netproxy.Proxy { return s.proxy }

func (s *redisSource) put(ctx context.Context, entries []entry) error {
	pipe := s.client.TxPipeline()
	for _, e := range entries {
		stream := outbox.StreamOf(outbox.DefaultStream, redisPartitions, e.key)
		pipe.XAdd(ctx, &redis.XAddArgs{Stream: stream, Values: []string{"key", e.key, "data", e.data}})
	}
	_, err := pipe.Exec(ctx)
	return err
}

func (s *redisSource) kill(testing.TB) { s.server.Kill() }

func (s *redisSource) restart(t testing.TB) {
	t.Helper()
	s.server.Restart(t)
}

func (s *redisSource) waiting(ctx context.Context) (int64, error) {
	left := int64(0)
	for i := range redisPartitions {
		n, err := s.client.XLen(ctx, outbox.Stream(outbox.DefaultStream, redisPartitions, i)).Result()
		if err != nil {
			return 0, err
		}
		left += n
	}
	return left, nil
}

func (s *redisSource) letters(ctx context.Context) ([]letter, error) {
	var all []letter
	for i := range redisPartitions {
		dead := outbox.StreamSibling(outbox.Stream(outbox.DefaultStream, redisPartitions, i), "dead")
		entries, err := s.client.XRange(ctx, dead, "-", "+").Result()
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			all = append(all, letter{fmt.Sprint(e.Values["data"]), fmt.Sprint(e.Values["reason"])})
		}
	}
	return all, nil
}

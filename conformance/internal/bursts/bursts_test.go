package bursts

import (
	"strings"
	"testing"
)

func TestReadLosses(t *testing.T) {
	log := strings.Join([]string{
		"2026-01-01T00:00:00Z  WARN socketioxide_redis::drivers::redis: redis pubsub channel full no available capacity",
		"2026-01-01T00:00:00Z  WARN socketioxide_redis::drivers::fred: fred driver pubsub channel lagged by 70",
		"2026-01-01T00:00:00Z  WARN socketioxide_redis::drivers::fred: fred driver dropped a message: no available capacity",
		"2026-01-01T00:00:00Z  WARN socketioxide_redis: remote request broadcast handler: [InternalChannelFull, InternalChannelFull]",
		"2026-01-01T00:00:00Z  WARN conformance_server: NATS: a channel is full, a message was dropped",
		"2026-01-01T00:00:00Z ERROR something else",
		"",
	}, "\n")
	l := readLosses(log)
	if l.adapter != 73 || l.queues != 2 || len(l.other) != 1 {
		t.Errorf("%+v", l)
	}
}

func TestBroken(t *testing.T) {
	acked, windowed := Burst{Way: acked}, Burst{Way: windowed}
	for _, c := range []struct {
		result Result
		broken bool
	}{
		{Result{Burst: acked, Expected: 10, Received: 10}, false},
		{Result{Burst: acked, Expected: 10, Received: 9}, true},
		{Result{Burst: acked, Expected: 10, Received: 11}, true},
		{Result{Burst: acked, Expected: 10, Received: 10, Disorder: 1}, true},
		{Result{Burst: acked, Expected: 10, Received: 10, Errors: []string{"lost"}}, true},
		{Result{Burst: windowed, Expected: 10, Received: 9, Queues: 1}, false},
		{Result{Burst: windowed, Expected: 10, Received: 9, Adapter: 1}, true},
		{Result{Burst: windowed, Expected: 10, Received: 9, Deaf: true}, true},
		{Result{Burst: Burst{Way: loop}, Expected: 10, Received: 1, Adapter: 9}, false},
	} {
		if broken := c.result.Broken(); (broken != "") != c.broken {
			t.Errorf("%+v: %q", c.result, broken)
		}
	}
}

package doctor_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
	"github.com/sioxide/emitter/cmd/sioxide/internal/testkit"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
	"github.com/sioxide/emitter/driver/redisdriver"
)

// watching looks for a while, as messages are made again and again.
var watching = doctor.Options{Timeout: 2 * time.Second, Watch: time.Second}

// again calls f until the test ends.
func again(t *testing.T, f func(ctx context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		for every := time.NewTicker(20 * time.Millisecond); ctx.Err() == nil; <-every.C {
			if err := f(ctx); err != nil && ctx.Err() == nil {
				t.Error(err)
				return
			}
		}
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
}

func TestParserMismatchOfServers(t *testing.T) {
	s := redistest.Start(t)
	asking := startRedisServer(t, s, testkit.Config{})
	startRedisServer(t, s, testkit.Config{})
	client := asking.Connect(t)
	again(t, func(context.Context) error { return client.Ask() })
	f := mustFind(t, look(t, "redis://"+s.Addr+"?parser=msgpack", watching), report.ParserMismatch, "The servers use the common parser", "add parser=common", asking.UID)
	if f.Severity != report.Error {
		t.Errorf("severity %s", f.Severity)
	}
	r := look(t, "redis://"+s.Addr, watching)
	mustBeHealthy(t, r)
	if status(r, "parser") != report.OK {
		t.Errorf("events of the right parser pass: %+v", r.Checks)
	}
}

func TestParserMismatchOfEmitters(t *testing.T) {
	s := redistest.Start(t)
	startRedisServer(t, s, testkit.Config{Parser: "msgpack", Prefix: "a*[b]"})
	client := redis.NewClient(&redis.Options{Addr: s.Addr})
	t.Cleanup(func() { client.Close() })
	io := emitter.NewMsgpack(redisdriver.New(client), emitter.WithPrefix("a*[b]"))
	again(t, func(ctx context.Context) error { return io.Emit(ctx, "tick") })
	mustFind(t, look(t, "redis://"+s.Addr+"?prefix=a*[b]", watching), report.ParserMismatch, "Somebody who is no server sends events of the msgpack parser", "parser=msgpack")
	mustBeHealthy(t, look(t, "redis://"+s.Addr+"?prefix=a*[b]&parser=msgpack", watching))
}

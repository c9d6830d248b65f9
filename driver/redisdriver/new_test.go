package redisdriver_test

import (
	"context"
	"errors"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/redisdriver"
)

func TestNewRefuses(t *testing.T) {
	ring := redis.NewRing(&redis.RingOptions{})
	defer ring.Close()
	for name, c := range map[string]struct {
		client redis.UniversalClient
		want   error
	}{
		"nil":           {nil, emitter.ErrNoDriver},
		"a nil Client":  {(*redis.Client)(nil), emitter.ErrNoDriver},
		"a nil cluster": {(*redis.ClusterClient)(nil), emitter.ErrNoDriver},
		"a Ring":        {ring, emitter.ErrUnsupported},
	} {
		d := redisdriver.New(c.client)
		_, err := d.Send(context.Background(), request("/", "x"))
		if !errors.Is(err, c.want) || !emitter.SafeToRetry(err) {
			t.Errorf("%s: %v, not a marked %v", name, err, c.want)
		}
		if err := emitter.New(d).Emit(context.Background(), "event"); !errors.Is(err, c.want) || !emitter.SafeToRetry(err) {
			t.Errorf("%s: Emit: %v, not a marked %v", name, err, c.want)
		}
		if err := d.Close(); err != nil {
			t.Errorf("%s: Close: %v", name, err)
		}
	}
	var none *redisdriver.Driver
	if _, err := none.Send(context.Background(), request("/", "x")); !errors.Is(err, emitter.ErrNoDriver) {
		t.Errorf("a nil *Driver: %v", err)
	}
}

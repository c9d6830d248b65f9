package redisdriver_test

import (
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
	"github.com/sioxide/emitter/driver/redisdriver"
)

func TestExercise(t *testing.T) { redistest.Exercise(t, newDriver) }

func TestExerciseAnswers(t *testing.T) { redistest.ExerciseAnswers(t, newDriver) }

func newDriver(t testing.TB, s redistest.Setting) (emitter.Driver, func()) {
	var client redis.UniversalClient
	if len(s.Addrs) > 1 {
		client = redis.NewClusterClient(&redis.ClusterOptions{Addrs: s.Addrs, Username: s.Username, Password: s.Password})
	} else {
		client = redis.NewClient(&redis.Options{Addr: s.Addrs[0], Username: s.Username, Password: s.Password})
	}
	t.Cleanup(func() { _ = client.Close() })
	opts := []redisdriver.Option{redisdriver.WithLogger(s.Logger)}
	if s.Sharded {
		opts = append(opts, redisdriver.Sharded())
	}
	if s.Classic {
		opts = append(opts, redisdriver.Classic())
	}
	return redisdriver.New(client, opts...), func() { _ = client.Close() }
}

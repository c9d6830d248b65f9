package rueidisdriver_test

import (
	"testing"

	"github.com/redis/rueidis"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
	"github.com/sioxide/emitter/driver/rueidisdriver"
)

func TestExercise(t *testing.T) { redistest.Exercise(t, newDriver) }

func TestExerciseAnswers(t *testing.T) { redistest.ExerciseAnswers(t, newDriver) }

func newDriver(t testing.TB, s redistest.Setting) (emitter.Driver, func()) {
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: s.Addrs, Username: s.Username, Password: s.Password,
		ForceSingleClient: len(s.Addrs) == 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	opts := []rueidisdriver.Option{rueidisdriver.WithLogger(s.Logger)}
	if s.Sharded {
		opts = append(opts, rueidisdriver.Sharded())
	}
	if s.Classic {
		opts = append(opts, rueidisdriver.Classic())
	}
	return rueidisdriver.New(client, opts...), client.Close
}

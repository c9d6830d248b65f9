package rueidisdriver_test

import (
	"context"
	"errors"
	"testing"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/rueidisdriver"
)

func TestNewRefuses(t *testing.T) {
	var none *rueidisdriver.Driver
	for name, d := range map[string]*rueidisdriver.Driver{"nil client": rueidisdriver.New(nil), "nil *Driver": none} {
		_, err := d.Send(context.Background(), request("/", "x"))
		if !errors.Is(err, emitter.ErrNoDriver) || !emitter.SafeToRetry(err) {
			t.Errorf("%s: %v, not a marked ErrNoDriver", name, err)
		}
	}
	if err := rueidisdriver.New(nil).Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

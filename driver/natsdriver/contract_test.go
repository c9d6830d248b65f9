package natsdriver_test

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/sioxide/emitter/driver/drivertest"
)

func TestContract(t *testing.T) {
	settings := map[string][]nats.Option{
		"defaults": nil,
		"no buffer while reconnecting, and a short timeout of writes": {nats.ReconnectBufSize(-1), nats.FlusherTimeout(time.Second)},
	}
	for name, opts := range settings {
		t.Run(name, func(t *testing.T) {
			drivertest.Run(t, harness(t, embedded(t).Addr().String(), opts...))
		})
	}
}

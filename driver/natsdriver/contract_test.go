package natsdriver_test

import (
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/sioxide/emitter/driver/drivertest"
	"github.com/sioxide/emitter/driver/drivertest/natstest"
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

// TestContractOnARealServer stalls the process of the server itself.
func TestContractOnARealServer(t *testing.T) {
	s := natstest.Start(t)
	h := harness(t, s.Addr)
	h.Stall = func(t testing.TB) func() {
		resume, err := s.Pause()
		if err != nil {
			t.Skip(err)
		}
		once := sync.OnceFunc(resume)
		t.Cleanup(once)
		return once
	}
	drivertest.Run(t, h)
}

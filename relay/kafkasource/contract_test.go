package kafkasource_test

import (
	"testing"

	"github.com/sioxide/emitter/driver/drivertest/kafkatest"
	"github.com/sioxide/emitter/relay/sourcetest"
)

func TestContract(t *testing.T) {
	server := kafkatest.Start(t, "group.min.session.timeout.ms=6000")
	sourcetest.Run(t, func(t testing.TB) sourcetest.Harness {
		h := newPlace(t, server.Addr).harness()
		h.Restart = func(t testing.TB) {
			if err := server.Restart(); err != nil {
				t.Fatal(err)
			}
		}
		return h
	})
}

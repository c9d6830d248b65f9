package kafkadriver_test

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sioxide/emitter/driver/drivertest"
)

// TestContract has a fake Kafka.
func TestContract(t *testing.T) {
	settings := map[string][]kgo.Opt{
		"defaults":            nil,
		"without compression": {kgo.ProducerLinger(0), kgo.ProducerBatchCompression(kgo.NoCompression())},
	}
	for name, opts := range settings {
		t.Run(name, func(t *testing.T) {
			drivertest.Run(t, harness(t, fakeProcess(t), opts...))
		})
	}
}

// TestContractReal has a real one.
func TestContractReal(t *testing.T) {
	drivertest.Run(t, harness(t, realKafka(t).Addr))
}

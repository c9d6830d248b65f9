package conformance

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/conformance/internal/cases"
	"github.com/sioxide/emitter/conformance/internal/cluster"
	"github.com/sioxide/emitter/driver/kafkadriver"
)

var kafkaDrivers = []driver{{"kafkadriver", cases.Answers, newKafkaDriver}}

func newKafkaDriver(t *testing.T, c *cluster.Cluster) emitter.Driver {
	on, ok := c.Backend.(*cluster.Kafka)
	if !ok {
		t.Fatalf("the cluster is on %T, not on Kafka", c.Backend)
	}
	// A prefix that no server ever had has no topic: with this one it can be sent to, as on other backends.
	client, err := kgo.NewClient(kgo.SeedBrokers(on.Address()), kgo.AllowAutoTopicCreation())
	if err != nil {
		t.Fatalf("make a client of Kafka: %v", err)
	}
	d := kafkadriver.New(client)
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close kafkadriver: %v", err)
		}
		client.Close()
	})
	return d
}

package conformance

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/conformance/internal/cases"
	"github.com/sioxide/emitter/conformance/internal/cluster"
	"github.com/sioxide/emitter/driver/natsdriver"
)

var natsDrivers = []driver{{"natsdriver", cases.Answers, newNatsDriver}}

func newNatsDriver(t *testing.T, c *cluster.Cluster) emitter.Driver {
	on, ok := c.Backend.(*cluster.Nats)
	if !ok {
		t.Fatalf("the cluster is on %T, not on NATS", c.Backend)
	}
	conn, err := nats.Connect(on.URL(), nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond))
	if err != nil {
		t.Fatalf("connect to NATS: %v", err)
	}
	d := natsdriver.New(conn)
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close natsdriver: %v", err)
		}
		conn.Close()
	})
	return d
}

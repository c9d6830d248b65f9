package conformance

import (
	"testing"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/conformance/internal/cases"
	"github.com/sioxide/emitter/conformance/internal/cluster"
)

var mongoDrivers = []driver{{"mongodriver", cases.Answers, newMongoDriver}}

func newMongoDriver(t *testing.T, c *cluster.Cluster) emitter.Driver {
	_, d := connectMongoDriver(t, c)
	return d
}

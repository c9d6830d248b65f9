package conformance

import (
	"testing"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/conformance/internal/cases"
	"github.com/sioxide/emitter/conformance/internal/cluster"
)

// driver under test: made for a cluster and ended with t.
type driver struct {
	name string
	can  cases.Ability
	make func(t *testing.T, c *cluster.Cluster) emitter.Driver
}

func (d driver) cases(on *cluster.Kind) []cases.Case { return cases.For(on.Abilities() | d.can) }

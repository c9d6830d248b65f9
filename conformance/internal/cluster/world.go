package cluster

import (
	"context"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/conformance/internal/cases"
)

var _ cases.World = (*world)(nil)

// world is a cluster with the emitter under test.
type world struct {
	*Cluster
	io emitter.Emitter
}

// World is the cluster as seen by the cases, with d as the driver under test.
func (c *Cluster) World(d emitter.Driver) cases.World {
	return &world{c, emitter.New(d, emitter.WithParser(c.config.Parser))}
}

func (w *world) Emitter() emitter.Emitter         { return w.io }
func (w *world) Settle(ctx context.Context) error { return w.settle(ctx) }

func (w *world) Servers() [2]string {
	var uids [2]string
	for i, s := range w.Cluster.Servers {
		uids[i] = s.Instances[0].UID
	}
	return uids
}

func (w *world) Standing() []cases.Socket {
	out := make([]cases.Socket, len(w.standing))
	for i, s := range w.standing {
		out[i] = s
	}
	return out
}

func (w *world) Connect(ctx context.Context, server int, namespace string, shared cases.Socket) (cases.Socket, error) {
	on, _ := shared.(*socket)
	return w.connect(ctx, server, 0, namespace, on)
}

func (w *world) Traits() cases.Traits {
	return cases.Traits{
		Parser:         w.config.Parser,
		DoubleDelivery: w.config.Set.DoubleDelivery,
		Window:         w.config.window(),
		SidRoom:        sidRoom,
	}
}

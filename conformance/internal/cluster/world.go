package cluster

import (
	"context"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/conformance/internal/cases"
)

var _ cases.Breakable = (*world)(nil)

// world is a cluster with the driver under test.
type world struct {
	*Cluster
	driver emitter.Driver
	has    cases.Ability
}

// World is the cluster as seen by the cases, with d as the driver under test; more is what d can do.
func (c *Cluster) World(d emitter.Driver, more cases.Ability) cases.World {
	return &world{c, d, c.config.Kind.Abilities() | more}
}

// Emitter is made by New or NewMsgpack, whichever is meant for the parser.
func (w *world) Emitter(opts ...emitter.Option) emitter.Emitter {
	if w.config.Parser == emitter.Msgpack {
		return emitter.NewMsgpack(w.driver, opts...)
	}
	return emitter.New(w.driver, opts...)
}

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
		Has:            w.has,
		DoubleDelivery: w.config.Set.DoubleDelivery,
		AckTimeout:     w.config.ackTimeout(),
		HonoursTimeout: w.config.Set.HonoursTimeout,
		Window:         w.config.window(),
		Questions:      w.config.questions(),
		SidRoom:        sidRoom,
	}
}

// Package memory runs the cases on emittertest.Cluster, so that what users test against behaves as real servers do.
package memory

import (
	"context"
	"fmt"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/conformance/internal/cases"
	"github.com/sioxide/emitter/emittertest"
)

var _ cases.World = (*World)(nil)

// World is an in-memory cluster of two servers. It has no second prefix, its namespaces exist on both servers at once,
// and there is nothing in it that could be harmed.
type World struct {
	cluster  *emittertest.Cluster
	parser   emitter.Parser
	standing []cases.Socket
	closed   chan struct{}
}

// New makes a world with its standing sockets.
func New(parser emitter.Parser) *World {
	w := &World{cluster: emittertest.NewCluster(2), parser: parser, closed: make(chan struct{})}
	for server := range sidRoom {
		for _, namespace := range []string{cases.Root, cases.Root, cases.Root, cases.Admin, cases.Dynamic} {
			w.standing = append(w.standing, w.connect(server, namespace))
		}
	}
	return w
}

// Close ends what still waits.
func (w *World) Close() error {
	close(w.closed)
	return w.cluster.Close()
}

// Driver is the cluster itself.
func (w *World) Driver() emitter.Driver { return w.cluster }

// Emitter makes one for the cluster.
func (w *World) Emitter(opts ...emitter.Option) emitter.Emitter {
	if w.parser == emitter.Msgpack {
		return emitter.NewMsgpack(w.cluster, opts...)
	}
	return emitter.New(w.cluster, opts...)
}

// Servers are the ids of the two servers.
func (w *World) Servers() [2]string { return [2]string(w.cluster.Servers()) }

// Standing lists the sockets that New connected.
func (w *World) Standing() []cases.Socket { return w.standing }

// Connect adds a socket; a connection is never shared here.
func (w *World) Connect(_ context.Context, server int, namespace string, _ cases.Socket) (cases.Socket, error) {
	return w.connect(server, namespace), nil
}

// Settle has nothing to wait for: an event has been received when Send returns.
func (w *World) Settle(context.Context) error { return nil }

// sidRoom: as with the real servers, one of the two has its sockets join the room named by their id.
var sidRoom = [2]bool{true, false}

// Traits of the newest servers, without the abilities that only real ones have.
func (w *World) Traits() cases.Traits {
	return cases.Traits{
		Parser:         w.parser,
		Has:            cases.Answers | cases.AnyPrefix | cases.Counts | cases.LargeMessages,
		AckTimeout:     emittertest.DefaultAckTimeout,
		HonoursTimeout: true,
		Window:         100,
		Questions:      200,
		SidRoom:        sidRoom,
	}
}

func (w *World) connect(server int, namespace string) *socket {
	s := &socket{
		world:   w,
		client:  w.cluster.Connect(server, namespace),
		server:  server,
		replies: make(map[string]func() []any),
	}
	s.name = fmt.Sprintf("%s of server %d in %s", s.client.ID, server, namespace)
	s.client.OnAck(s.answer)
	if sidRoom[server] {
		// No error is possible: the cluster takes every well-formed request.
		_ = s.own().Join(context.Background(), s.client.ID)
	}
	return s
}

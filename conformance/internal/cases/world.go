// Package cases is the table of what an emitter must be able to do to a cluster, and of what each socket must see of
// it. A case knows nothing of the backend: it runs against a World.
package cases

import (
	"context"

	"github.com/sioxide/emitter"
)

// OtherPrefix is the prefix of a second cluster on the same backend, with the same parser.
const OtherPrefix = "other"

// Namespaces in which sockets stand.
const (
	Root    = "/"
	Admin   = "/admin"
	Dynamic = "/dyn-standing"
)

// World is a cluster of two servers with sockets in all namespaces, and the emitter under test.
type World interface {
	// Emitter makes the one under test, with the prefix and parser of the cluster.
	Emitter(opts ...emitter.Option) emitter.Emitter
	// Servers are the uids of the two servers.
	Servers() [2]string
	// Standing lists the sockets that stand for the whole run; no case may disconnect them.
	Standing() []Socket
	// Connect adds a socket for one case, on a connection of its own or, with shared, on that of another socket.
	Connect(ctx context.Context, server int, namespace string, shared Socket) (Socket, error)
	// Settle returns once every socket has seen all that was sent before on any channel.
	Settle(ctx context.Context) error
	Traits() Traits
}

// Traits are the ways in which clusters differ by design of the servers.
type Traits struct {
	Parser emitter.Parser
	// DoubleDelivery: a socket in two of the requested rooms receives twice (servers before socketioxide-core 0.20).
	DoubleDelivery bool
	// Window is how many events may be under way at once without loss in a server's queue.
	Window int
	// SidRoom tells for each server whether its handlers join a socket to the room named by its id.
	SidRoom [2]bool
}

// Socket is one client socket of a World.
type Socket interface {
	Name() string // for messages: which server, which namespace
	ID() string
	Server() int // its place in World.Servers
	Namespace() string
	Prefix() string
	Join(ctx context.Context, rooms ...string) error
	Leave(ctx context.Context, rooms ...string) error
	// InRoom tells whether the socket's server by itself knows of any member of room, be it a ghost.
	InRoom(ctx context.Context, room string) (bool, error)
	// Take removes and returns what was received since the last call.
	Take() []Event
	// Disconnected gives the client's reason once the socket has left its namespace.
	Disconnected() (reason string, ok bool)
	// Close disconnects the socket from its side.
	Close(ctx context.Context) error
}

// Event as a client received it. Args are nil, bool, float64, string, []byte, []any and map[string]any.
type Event struct {
	Name string
	Args []any
}

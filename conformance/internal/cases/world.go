// Package cases is the table of what an emitter must be able to do to a cluster, and of what each socket must see of
// it. A case knows nothing of the backend: it runs against a World.
package cases

import (
	"context"
	"time"

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

// Ability is something that not every World has.
type Ability uint

const (
	// Answers: the driver under test brings answers back.
	Answers Ability = 1 << iota
	// OtherPrefixes: there is a second cluster with the prefix OtherPrefix.
	OtherPrefixes
	// AnyPrefix: the backend tells clusters apart by a prefix.
	AnyPrefix
	// OnePrefix: it does not, so that another prefix than the default can't be meant.
	OnePrefix
	// Counts: the backend knows how many servers hear a channel. Where it does not, those that have answered or sent
	// a heartbeat are waited for, and that one is gone shows when two questions in a row have waited for it in vain.
	Counts
	// LargeMessages: the backend as it is by default takes messages of more than 1 MiB.
	LargeMessages
	// SmallMessages: it does not, and says so.
	SmallMessages
	// OwnCalls: servers can be told to ask the cluster themselves.
	OwnCalls
	// LazyNamespaces: a dynamic namespace exists on a server only from its first socket there on.
	LazyNamespaces
	// RealClients: the sockets are socket.io-client's, also in what it makes of a packet that has two meanings.
	RealClients
	// Harm: the World is a Breakable.
	Harm
)

// Reasons of a client for a disconnect, as socket.io-client gives them.
const (
	ByServer = "io server disconnect"
	ByClient = "io client disconnect"
	ByLoss   = "transport close"
)

// Traits are the ways in which clusters differ by design of the servers.
type Traits struct {
	Parser emitter.Parser
	Has    Ability
	// DoubleDelivery: a socket in two of the requested rooms receives twice (servers before socketioxide-core 0.20).
	DoubleDelivery bool
	// AckTimeout is how long a server waits for a client's answer by itself; HonoursTimeout tells whether it waits
	// as long as the question says instead (servers from socketioxide-core 0.20 on).
	AckTimeout     time.Duration
	HonoursTimeout bool
	// Window is how many events may be under way at once without loss in a server's queue.
	Window int
	// Questions is how many may wait for an answer at once.
	Questions int
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
	// Reply has the client answer an event of that name from now on; without it the client never does.
	Reply(ctx context.Context, event string, args ...any) error
	// LeaveOn has the client disconnect at an event of that name.
	LeaveOn(ctx context.Context, event string) error
	// ServerCall has the server itself ask the whole cluster and tells how long that took. It returns after all
	// that the server had sent to the client before.
	ServerCall(ctx context.Context, call ServerCall) (time.Duration, error)
	// Take removes and returns what was received since the last call.
	Take() []Event
	// Disconnected gives the client's reason once the socket has left its namespace.
	Disconnected() (reason string, ok bool)
	// Close disconnects the socket from its side.
	Close(ctx context.Context) error
}

// ServerCall is a call of a server's own that asks all servers.
type ServerCall string

// The calls: the rooms of the namespace, its sockets, and an event that every client is to answer.
const (
	ServerRooms ServerCall = "rooms"
	ServerFetch ServerCall = "fetch"
	ServerAsk   ServerCall = "ask"
)

// ServerAsked is the event of ServerAsk.
const ServerAsked = "asked"

// Breakable is a World whose parts can be harmed. After that it is of use again once Revive has returned.
type Breakable interface {
	World
	// Kill ends a server as kill -9 does.
	Kill(server int)
	// Pause stops a server, which stays connected, until resume.
	Pause(server int) (resume func() error, err error)
	// RestartBackend ends the backend and starts it again, without what it had in memory.
	RestartBackend(ctx context.Context) error
	// Revive replaces both servers and the standing sockets.
	Revive(ctx context.Context) error
	// Monitor subscribes to every channel as a monitoring tool does, until stop.
	Monitor(ctx context.Context) (stop func() error, err error)
}

// Event as a client received it. Args are nil, bool, float64, string, []byte, []any and map[string]any.
type Event struct {
	Name string
	Args []any
}

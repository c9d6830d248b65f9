//go:build !nocommon || !nomsgpack

package emittertest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/internal/rooms"
	"github.com/sioxide/emitter/protocol"
)

// DefaultAckTimeout is how long a server of a Cluster waits for a client's answer
// unless the question says otherwise, as real servers do.
const DefaultAckTimeout = 5 * time.Second

// Cluster is a cluster of servers in memory, with sockets whose handlers are Go
// functions: choose it to test what a program does with its users, without a
// network. It is a Driver and a Listener and selects sockets as real servers do.
// Namespaces exist on every server from their first Connect on, "/" from the
// start; the prefix is "socket.io". It may be used by many goroutines at once.
type Cluster struct {
	inbox emitter.Inbox

	mu         sync.Mutex
	servers    []protocol.ID
	namespaces map[string][]*serverNamespace // by name; one for each server
	asking     map[protocol.ID]chan struct{} // questions that wait, by request id; closed when they end
}

// serverNamespace is a namespace on one server.
type serverNamespace struct {
	rooms   *rooms.Rooms
	sockets map[protocol.ID]*Socket
	order   []protocol.ID // of sockets, as they connected
}

var (
	_ emitter.BulkDriver = (*Cluster)(nil)
	_ emitter.Listener   = (*Cluster)(nil)
)

// NewCluster returns a cluster of so many servers, without sockets.
func NewCluster(servers int) *Cluster {
	c := &Cluster{namespaces: make(map[string][]*serverNamespace), asking: make(map[protocol.ID]chan struct{})}
	for range servers {
		c.servers = append(c.servers, protocol.NewID())
	}
	c.create("/")
	return c
}

func (c *Cluster) create(namespace string) []*serverNamespace {
	list := make([]*serverNamespace, len(c.servers))
	for i := range list {
		list[i] = &serverNamespace{rooms: rooms.New(), sockets: make(map[protocol.ID]*Socket)}
	}
	c.namespaces[namespace] = list
	return list
}

// Servers returns the ids of the servers.
func (c *Cluster) Servers() []string {
	ids := make([]string, len(c.servers))
	for i, id := range c.servers {
		ids[i] = id.String()
	}
	return ids
}

// Connect connects a socket to the server of that number, from 0, in a namespace
// ("chat" is "/chat") and joins it to rooms. It panics when there is no such
// server.
func (c *Cluster) Connect(server int, namespace string, rooms ...string) *Socket {
	if server < 0 || server >= len(c.servers) {
		panic(fmt.Sprintf("emittertest: connect: server %d of a cluster of %d", server, len(c.servers)))
	}
	if namespace == "" || namespace[0] != '/' {
		namespace = "/" + namespace
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	list := c.namespaces[namespace]
	if list == nil {
		list = c.create(namespace)
	}
	id := protocol.NewID()
	s := &Socket{ID: id.String(), Server: c.servers[server].String(), Namespace: namespace, cluster: c, id: id, at: list[server], gone: make(chan struct{})}
	s.at.sockets[id] = s
	s.at.order = append(s.at.order, id)
	s.at.rooms.Join(id, rooms)
	return s
}

// Send performs req on the servers meant and returns their number. Events have
// been received when it returns; answers come while it runs and after.
func (c *Cluster) Send(ctx context.Context, req *protocol.Request) (int, error) {
	if err := ctx.Err(); err != nil {
		return -1, emitter.NotSent(err)
	}
	if req.Raw != nil {
		raw, err := protocol.DecodeRequest(req.Raw)
		if err != nil {
			return -1, emitter.NotSent(err)
		}
		raw.Prefix, raw.Namespace, raw.Server = req.Prefix, req.Namespace, req.Server
		req = raw
	}
	if req.Prefix != emitter.DefaultPrefix {
		return 0, nil
	}
	todo := c.perform(req)
	for _, f := range todo {
		f()
	}
	return len(todo), nil
}

// SendAll sends reqs one by one.
func (c *Cluster) SendAll(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) error {
	var first error
	for i, req := range reqs {
		servers[i], errs[i] = c.Send(ctx, req)
		if first == nil {
			first = errs[i]
		}
	}
	return first
}

// Listen lets sink have the answers to req.
func (c *Cluster) Listen(_ context.Context, req *protocol.Request, sink func(protocol.Response)) (func(), error) {
	id := req.ID
	remove, err := c.inbox.Add(id, sink)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asking[id] = make(chan struct{})
	return func() { remove(); c.forget(id) }, nil
}

// forget ends what waits for the answers to a question.
func (c *Cluster) forget(id protocol.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if over := c.asking[id]; over != nil {
		close(over)
		delete(c.asking, id)
	}
}

// Window is what a classic server on Redis holds.
func (c *Cluster) Window() (events, bytes int) { return 100, emitter.DefaultWindowBytes }

// Close ends every question that waits with ErrClosed.
func (c *Cluster) Close() error {
	c.inbox.Close()
	return nil
}

// perform does what req asks on every server meant, and returns what each has to
// answer: to be run without the lock, as answers run into the program's code.
func (c *Cluster) perform(req *protocol.Request) []func() {
	c.mu.Lock()
	defer c.mu.Unlock()
	var todo []func()
	for i, ns := range c.namespaces[req.Namespace] {
		if req.Server == "" || req.Server == c.servers[i].String() {
			todo = append(todo, c.performOn(c.servers[i], ns, req))
		}
	}
	return todo
}

func (c *Cluster) performOn(server protocol.ID, ns *serverNamespace, req *protocol.Request) func() {
	ids := ns.rooms.Pick(&req.Opts, ns.order)
	res := protocol.Response{Request: req.ID, Server: server}
	switch req.Type {
	case protocol.Broadcast:
		for _, s := range ns.connected(ids) {
			s.receive(&req.Packet.Data)
		}
		return func() {}
	case protocol.BroadcastWithAck:
		return c.broadcastWithAck(res, ns.connected(ids), req)
	case protocol.DisconnectSockets:
		for _, s := range ns.connected(ids) {
			ns.drop(s)
		}
		return func() {}
	case protocol.AddSockets:
		for _, id := range ids {
			ns.rooms.Join(id, req.Rooms) // without a look at whether the socket is here: real servers do so too
		}
		return func() {}
	case protocol.DelSockets:
		for _, id := range ids {
			ns.rooms.Leave(id, req.Rooms)
		}
		return func() {}
	case protocol.AllRooms:
		res.Kind, res.Rooms = protocol.KindRooms, ns.rooms.Union(ids)
	case protocol.FetchSockets:
		res.Kind = protocol.KindSockets
		for _, s := range ns.connected(ids) {
			res.Sockets = append(res.Sockets, protocol.Socket{ID: s.id, Server: server, Namespace: s.Namespace})
		}
	}
	return func() { c.inbox.Deliver(res) }
}

// connected returns the sockets of ids that are here, each once.
func (ns *serverNamespace) connected(ids []protocol.ID) []*Socket {
	var list []*Socket
	for _, id := range ids {
		if s := ns.sockets[id]; s != nil {
			list = append(list, s)
		}
	}
	return list
}

// drop takes a socket out of its namespace.
func (ns *serverNamespace) drop(s *Socket) {
	delete(ns.sockets, s.id)
	for i, id := range ns.order {
		if id == s.id {
			ns.order = append(ns.order[:i:i], ns.order[i+1:]...)
			break
		}
	}
	ns.rooms.LeaveAll(s.id)
	close(s.gone)
}

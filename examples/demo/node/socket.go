package node

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/sioxide/emitter/examples/demo/socketio"
	"github.com/sioxide/emitter/protocol"
)

// queueLen is how many packets may wait for a slow client, as in socketioxide.
const queueLen = 128

var (
	errQueueFull = errors.New("the client's queue is full")
	errClosed    = errors.New("the socket has left")
)

// connection is one client. It has a socket in each namespace that it entered.
type connection struct {
	node    *Node
	conn    *socketio.Conn
	sid     protocol.ID // of all its sockets
	queue   chan *socketio.Packet
	mu      sync.Mutex
	sockets map[string]*socket // by namespace
}

// serve runs until the client or ctx ends the connection.
func (c *connection) serve(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	var writer sync.WaitGroup
	writer.Go(func() { c.writeAll(ctx) })
	c.readAll(ctx)
	cancel()
	c.conn.Close()
	writer.Wait()
	for _, s := range c.all() {
		s.ns.remove(s)
	}
}

func (c *connection) writeAll(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case pk := <-c.queue:
			if c.conn.Write(ctx, pk) != nil {
				c.conn.Close()
				return
			}
		}
	}
}

func (c *connection) readAll(ctx context.Context) {
	for {
		pk, err := c.conn.Read(ctx)
		if err != nil {
			return
		}
		if pk.Kind == socketio.Connect {
			c.enter(pk)
			continue
		}
		s := c.socket(pk.Namespace)
		if s == nil {
			continue
		}
		switch pk.Kind {
		case socketio.Disconnect:
			c.forget(s)
			s.ns.remove(s)
		case socketio.Ack, socketio.BinaryAck:
			s.answer(pk)
		default: // an event: this node has no handlers
		}
	}
}

func (c *connection) send(pk *socketio.Packet) error {
	select {
	case c.queue <- pk:
		return nil
	default:
		return errQueueFull
	}
}

func (c *connection) socket(namespace string) *socket {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sockets[namespace]
}

func (c *connection) all() []*socket {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Collect(maps.Values(c.sockets))
}

func (c *connection) forget(s *socket) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.sockets, s.ns.name)
}

// enter connects the client to a namespace. The rooms that it names in its auth
// payload, {"rooms": ["a", "b"]}, are joined before it hears that it is in.
func (c *connection) enter(pk *socketio.Packet) {
	if c.socket(pk.Namespace) != nil {
		return
	}
	var auth struct {
		Rooms []string `json:"rooms"`
	}
	reply := &socketio.Packet{Kind: socketio.Connect, Namespace: pk.Namespace}
	body := map[string]string{"sid": c.sid.String()}
	ns := c.node.namespaces[pk.Namespace]
	if ns == nil {
		reply.Kind, body = socketio.ConnectError, map[string]string{"message": "Invalid namespace"}
	} else if err := c.node.parser.Object(pk.Data, &auth); err != nil {
		reply.Kind, body = socketio.ConnectError, map[string]string{"message": `auth must be like {"rooms": ["a"]}`}
	}
	reply.Data, _ = c.node.parser.FromObject(body) // strings can be encoded
	if reply.Kind == socketio.ConnectError {
		_ = c.send(reply)
		return
	}
	s := &socket{conn: c, ns: ns, pending: map[int64]func(*socketio.Packet, error){}}
	c.mu.Lock()
	c.sockets[ns.name] = s
	c.mu.Unlock()
	ns.add(s, auth.Rooms, reply)
}

// socket is a client in one namespace.
type socket struct {
	conn    *connection
	ns      *namespace
	mu      sync.Mutex
	nextAck int64
	closed  bool
	pending map[int64]func(*socketio.Packet, error) // who waits for which ack
}

// ask sends an event that wants an ack. done is called once, with the ack or with
// the reason why there will be none.
func (s *socket) ask(pk socketio.Packet, done func(*socketio.Packet, error)) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		done(nil, errClosed)
		return
	}
	id := s.nextAck
	s.nextAck++
	s.pending[id] = done
	s.mu.Unlock()
	pk.ID = &id
	if err := s.conn.send(&pk); err != nil {
		s.settle(id, nil, err)
	}
}

func (s *socket) answer(pk *socketio.Packet) { s.settle(*pk.ID, pk, nil) }

func (s *socket) settle(id int64, pk *socketio.Packet, err error) {
	s.mu.Lock()
	done := s.pending[id]
	delete(s.pending, id)
	s.mu.Unlock()
	if done != nil {
		done(pk, err)
	}
}

// close tells everybody who waits for an ack that none will come.
func (s *socket) close() {
	s.mu.Lock()
	s.closed = true
	pending := s.pending
	s.pending = nil
	s.mu.Unlock()
	for _, done := range pending {
		done(nil, errClosed)
	}
}

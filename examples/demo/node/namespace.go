package node

import (
	"sync"

	"github.com/sioxide/emitter/examples/demo/socketio"
	"github.com/sioxide/emitter/internal/rooms"
	"github.com/sioxide/emitter/protocol"
)

// namespace holds a node's sockets of one namespace and does to them what a
// request asks.
type namespace struct {
	name    string
	mu      sync.Mutex
	sockets map[protocol.ID]*socket
	rooms   *rooms.Rooms
}

func newNamespace(name string) *namespace {
	return &namespace{name: name, sockets: map[protocol.ID]*socket{}, rooms: rooms.New()}
}

// add lets s in. Its connect packet is the first that it gets.
func (n *namespace) add(s *socket, rooms []string, connect *socketio.Packet) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.sockets[s.conn.sid] = s
	n.rooms.Join(s.conn.sid, rooms)
	_ = s.conn.send(connect)
}

func (n *namespace) remove(s *socket) {
	n.mu.Lock()
	if n.sockets[s.conn.sid] == s { // the client may have entered again meanwhile
		delete(n.sockets, s.conn.sid)
		n.rooms.LeaveAll(s.conn.sid)
	}
	n.mu.Unlock()
	s.close()
}

// pick returns the ids that opts means. The caller holds n.mu.
func (n *namespace) pick(opts *protocol.Opts) []protocol.ID {
	everybody := make([]protocol.ID, 0, len(n.sockets))
	for sid := range n.sockets {
		everybody = append(everybody, sid)
	}
	return n.rooms.Pick(opts, everybody)
}

// live returns the sockets that opts means and that are there.
func (n *namespace) live(opts *protocol.Opts) []*socket {
	n.mu.Lock()
	defer n.mu.Unlock()
	var out []*socket
	for _, sid := range n.pick(opts) {
		if s := n.sockets[sid]; s != nil {
			out = append(out, s)
		}
	}
	return out
}

func (n *namespace) join(opts *protocol.Opts, rooms []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, sid := range n.pick(opts) {
		n.rooms.Join(sid, rooms)
	}
}

func (n *namespace) leave(opts *protocol.Opts, rooms []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, sid := range n.pick(opts) {
		n.rooms.Leave(sid, rooms)
	}
}

func (n *namespace) roomsOf(opts *protocol.Opts) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.rooms.Union(n.pick(opts))
}

func (n *namespace) disconnect(opts *protocol.Opts) {
	for _, s := range n.live(opts) {
		s.conn.forget(s)
		n.remove(s)
		_ = s.conn.send(&socketio.Packet{Kind: socketio.Disconnect, Namespace: n.name})
	}
}

// broadcast returns how many sockets did not get pk because their queues were full.
func (n *namespace) broadcast(opts *protocol.Opts, pk *socketio.Packet) (lost int) {
	for _, s := range n.live(opts) {
		if s.conn.send(pk) != nil {
			lost++
		}
	}
	return lost
}

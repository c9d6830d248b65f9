//go:build !nocommon || !nomsgpack

package emittertest

import (
	"slices"
	"sync"
	"time"

	"github.com/sioxide/emitter/parser"
	"github.com/sioxide/emitter/protocol"
)

// Socket is a client that is connected to a Cluster.
type Socket struct {
	ID, Server, Namespace string

	cluster *Cluster
	id      protocol.ID
	at      *serverNamespace
	gone    chan struct{} // closed when the socket is disconnected

	mu       sync.Mutex
	received []Event
	answer   func(event string, args []any) []any
}

// Event is what a socket received: args are nil, bool, float64, string, []byte,
// []any and map[string]any, as a JavaScript client would see them.
type Event struct {
	Name string
	Args []any
}

// OnAck sets how the socket answers an EmitWithAck. Without it the socket never
// answers, and the server tells of a timeout.
func (s *Socket) OnAck(answer func(event string, args []any) []any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

// Received returns the events that the socket has received, in their order.
func (s *Socket) Received() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.received)
}

// Connected tells whether the socket is still in its namespace.
func (s *Socket) Connected() bool {
	select {
	case <-s.gone:
		return false
	default:
		return true
	}
}

// Rooms returns the rooms that the socket is in, sorted.
func (s *Socket) Rooms() []string {
	s.cluster.mu.Lock()
	defer s.cluster.mu.Unlock()
	return s.at.rooms.Union([]protocol.ID{s.id})
}

// Disconnect takes the socket out of its namespace, as if the client had left.
func (s *Socket) Disconnect() {
	s.cluster.mu.Lock()
	defer s.cluster.mu.Unlock()
	if s.at.sockets[s.id] == s {
		s.at.drop(s)
	}
}

// receive notes an event and returns how it is answered.
func (s *Socket) receive(v *protocol.Value) (e Event, answer func(string, []any) []any) {
	args, err := parser.Args(v)
	if err != nil {
		e = Event{Name: "emittertest: undecodable event", Args: []any{err.Error()}}
	} else if name, ok := first(args).(string); ok {
		e = Event{Name: name, Args: args[1:]}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.received = append(s.received, e)
	return e, s.answer
}

// broadcastWithAck hands the event to the sockets and returns what announces and
// brings the answers.
func (c *Cluster) broadcastWithAck(res protocol.Response, sockets []*Socket, req *protocol.Request) func() {
	wait := req.AckTimeout
	if wait == 0 {
		wait = DefaultAckTimeout
	}
	kind, over := req.Packet.Data.Kind, c.asking[req.ID]
	if over == nil { // nobody listens
		wait = 0
	}
	var asked []func()
	for _, s := range sockets {
		event, answer := s.receive(&req.Packet.Data)
		res := res
		res.Kind, res.Ack = protocol.KindAck, &protocol.Ack{Socket: s.id}
		asked = append(asked, func() { s.ask(c, res, kind, wait, over, event, answer) })
	}
	return func() {
		count := res
		count.Kind, count.Count = protocol.KindAckCount, len(asked)
		c.inbox.Deliver(count)
		for _, ask := range asked {
			go ask()
		}
	}
}

// ask waits for one socket's answer and delivers it.
func (s *Socket) ask(c *Cluster, res protocol.Response, kind protocol.ValueKind, wait time.Duration, over <-chan struct{}, e Event, answer func(string, []any) []any) {
	answered := make(chan []any, 1)
	if answer != nil {
		go func() { answered <- answer(e.Name, e.Args) }()
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case args := <-answered:
		var buf parser.Buffer
		v, err := encodeAnswer[kind](&buf, args)
		if err != nil { // as a client whose answer can't be sent
			res.Ack.Err = protocol.AckTimedOut
			break
		}
		res.Ack.Value = v.Clone()
	case <-timer.C:
		res.Ack.Err = protocol.AckTimedOut
	case <-s.gone:
		res.Ack.Err = protocol.AckSocketClosed
	case <-over:
		return
	}
	c.inbox.Deliver(res)
}

// encodeAnswer has the encoder of each parser that is in this build.
var encodeAnswer = map[protocol.ValueKind]func(*parser.Buffer, []any) (protocol.Value, error){}

func first(args []any) any {
	if len(args) == 0 {
		return nil
	}
	return args[0]
}

package client

import (
	"context"
	"errors"
	"sync"

	"github.com/sioxide/emitter/examples/demo/socketio"
)

// ErrDisconnected means that the server took the socket out of its namespace.
var ErrDisconnected = errors.New("disconnected by the server")

// Event is what a socket received: a name, and arguments as JavaScript would see
// them (nil, bool, float64, string, []byte, []any, map[string]any).
type Event struct {
	Name string
	Args []any
}

// Socket is a connection in one namespace.
type Socket struct {
	ID        string // the server's name for it, which ToSocket takes
	Namespace string

	conn      *Conn
	connected chan error
	inbox     inbox
	mu        sync.Mutex
	onAck     func(Event) []any
}

func newSocket(c *Conn, namespace string) *Socket {
	return &Socket{Namespace: namespace, conn: c, connected: make(chan error, 1), inbox: inbox{wake: make(chan struct{}, 1)}}
}

// OnAck sets what the socket answers to an event that wants an ack. Without it,
// or where it returns nil, there is no answer.
func (s *Socket) OnAck(answer func(Event) []any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onAck = answer
}

// Next waits for the next event. After the last one it returns ErrDisconnected,
// ErrClosed, or what was wrong with a packet. One goroutine at a time may call it.
func (s *Socket) Next(ctx context.Context) (Event, error) { return s.inbox.next(ctx) }

func (s *Socket) take(pk *socketio.Packet) error {
	switch pk.Kind {
	case socketio.Connect:
		var body struct {
			SID string `json:"sid"`
		}
		err := s.conn.parser.Object(pk.Data, &body)
		s.ID = body.SID
		s.enter(err)
	case socketio.ConnectError:
		var body struct {
			Message string `json:"message"`
		}
		err := s.conn.parser.Object(pk.Data, &body)
		s.enter(errors.Join(err, errors.New(body.Message)))
	case socketio.Disconnect:
		s.inbox.end(ErrDisconnected)
	case socketio.Event, socketio.BinaryEvent:
		return s.event(pk)
	}
	return nil
}

// enter tells Connect how it went. Only the first time counts.
func (s *Socket) enter(err error) {
	select {
	case s.connected <- err:
	default:
	}
}

func (s *Socket) event(pk *socketio.Packet) error {
	args, err := s.conn.parser.Args(pk)
	if err != nil {
		return err
	}
	e := Event{Name: args[0].(string), Args: args[1:]} // the decoder let only strings through
	s.inbox.add(e)
	s.mu.Lock()
	onAck := s.onAck
	s.mu.Unlock()
	if pk.ID == nil || onAck == nil {
		return nil
	}
	answer := onAck(e)
	if answer == nil {
		return nil
	}
	ack := &socketio.Packet{Kind: socketio.Ack, Namespace: s.Namespace, ID: pk.ID}
	if ack.Data, err = s.conn.parser.Marshal(answer); err != nil {
		return err
	}
	if len(ack.Data.Attachments) > 0 {
		ack.Kind = socketio.BinaryAck
	}
	return s.conn.conn.Write(context.Background(), ack)
}

// inbox is a queue without a limit, so that a reader of the connection never waits
// for a reader of events.
type inbox struct {
	mu     sync.Mutex
	events []Event
	err    error         // after the last event
	wake   chan struct{} // holds one token when there is something new
}

func (b *inbox) add(e Event) {
	b.mu.Lock()
	b.events = append(b.events, e)
	b.mu.Unlock()
	b.signal()
}

func (b *inbox) end(err error) {
	b.mu.Lock()
	if b.err == nil {
		b.err = err
	}
	b.mu.Unlock()
	b.signal()
}

func (b *inbox) signal() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

func (b *inbox) next(ctx context.Context) (Event, error) {
	for {
		b.mu.Lock()
		if len(b.events) > 0 {
			e := b.events[0]
			b.events = b.events[1:]
			b.mu.Unlock()
			return e, nil
		}
		err := b.err
		b.mu.Unlock()
		if err != nil {
			return Event{}, err
		}
		select {
		case <-b.wake:
		case <-ctx.Done():
			return Event{}, ctx.Err()
		}
	}
}

package tour

import (
	"context"
	"errors"
	"fmt"

	"github.com/sioxide/emitter/examples/demo/client"
	"github.com/sioxide/emitter/examples/demo/node"
	"github.com/sioxide/emitter/examples/demo/socketio"
	"github.com/sioxide/emitter/examples/demo/stage"
)

// ear is a client in one namespace, of which the tour notes what it hears.
type ear struct {
	name      string
	server    string // letter of the node
	node      *node.Node
	parser    socketio.Parser
	namespace string
	rooms     []string
	vote      string // what it answers to "lunch?"; it never does if empty
	with      *ear   // whose connection it shares, nil for one of its own

	ID   string // of its socket
	conn *client.Conn
	sock *client.Socket
	gone bool // disconnected by the server
}

// cast are the clients of the tour.
type cast struct {
	ann, bob, cid, dot *ear // in /
	cidAdmin, eve      *ear // in /admin; cidAdmin is cid's second namespace
	gil, hal           *ear // in / of the msgpack cluster
}

func newCast(s *stage.Stage) *cast {
	c := &cast{
		ann: &ear{name: "ann", server: "A", node: s.Common[0], namespace: "/", rooms: []string{"news"}, vote: "yes"},
		bob: &ear{name: "bob", server: "B", node: s.Common[1], namespace: "/", rooms: []string{"news", "sport"}, vote: "no"},
		cid: &ear{name: "cid", server: "A", node: s.Common[0], namespace: "/", rooms: []string{"sport"}, vote: "yes"},
		dot: &ear{name: "dot", server: "B", node: s.Common[1], namespace: "/", rooms: []string{"user:42"}},
		eve: &ear{name: "eve", server: "B", node: s.Common[1], namespace: "/admin"},
		gil: &ear{name: "gil", server: "C", node: s.Msgpack[0], namespace: "/", rooms: []string{"news"}, parser: socketio.Msgpack},
		hal: &ear{name: "hal", server: "D", node: s.Msgpack[1], namespace: "/", parser: socketio.Msgpack},
	}
	c.cidAdmin = &ear{name: "cid/admin", server: "A", node: s.Common[0], namespace: "/admin", rooms: []string{"ops"}, with: c.cid}
	return c
}

// all returns everybody in the order of the tour's lists.
func (c *cast) all() []*ear {
	return []*ear{c.ann, c.bob, c.cid, c.dot, c.cidAdmin, c.eve, c.gil, c.hal}
}

// connect lets everybody in who is not.
func (c *cast) connect(ctx context.Context) error {
	for _, e := range c.all() {
		if err := e.connect(ctx); err != nil {
			return fmt.Errorf("client %s: %w", e.name, err)
		}
	}
	return nil
}

func (c *cast) close() {
	for _, e := range c.all() {
		if e.conn != nil && e.with == nil {
			e.conn.Close()
		}
	}
}

func (e *ear) connect(ctx context.Context) (err error) {
	if e.sock != nil && !e.gone {
		return nil
	}
	if e.with != nil {
		e.conn = e.with.conn
	}
	if e.conn == nil {
		if e.conn, err = client.Dial(ctx, e.node.URL(), e.parser); err != nil {
			return err
		}
	}
	if e.sock, err = e.conn.Connect(ctx, e.namespace, map[string]any{"rooms": e.rooms}); err != nil {
		return err
	}
	e.sock.OnAck(e.answer)
	e.ID, e.gone = e.sock.ID, false
	return nil
}

// answer is what a client says to an event that wants an answer. Whatever the tour
// has no question for is acknowledged by no argument.
func (e *ear) answer(ev client.Event) []any {
	switch {
	case ev.Name == "photo?":
		return []any{map[string]any{"of": e.name, "pixels": []byte(e.name)}}
	case ev.Name == "lunch?" && e.vote == "":
		return nil // silence
	case ev.Name == "lunch?":
		return []any{e.vote}
	}
	return []any{}
}

// disconnected is what an ear hears when the server takes it out; an emitter can't
// send it, as the name is reserved.
var disconnected = client.Event{Name: "disconnect"}

// hear returns all events up to the marker with this number, or up to a
// disconnection.
func (e *ear) hear(ctx context.Context, marker int) ([]client.Event, error) {
	var heard []client.Event
	for !e.gone {
		ev, err := e.sock.Next(ctx)
		switch {
		case errors.Is(err, client.ErrDisconnected):
			e.gone = true
			heard = append(heard, disconnected)
		case err != nil:
			return heard, fmt.Errorf("client %s: %w", e.name, err)
		case ev.Name == markerEvent && len(ev.Args) == 1 && ev.Args[0] == float64(marker):
			return heard, nil
		case ev.Name != markerEvent:
			heard = append(heard, ev)
		}
	}
	return heard, nil
}

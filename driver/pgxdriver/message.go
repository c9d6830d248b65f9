package pgxdriver

import (
	"errors"
	"fmt"
	"sync"
	"unicode/utf8"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// message is a request in the form in which it travels: the payload of a
// notification, or a body for a row. A Coalescer carries it as the Raw of a request.
type message struct{ req protocol.Request }

// Messages are pooled. One goes back only when nobody can still be reading it.
var messages = sync.Pool{New: func() any { return new(message) }}

// maxPooled keeps a rare large message from staying in memory for ever.
const maxPooled = 1 << 20

// encode makes a message of a request, or says why it can't be sent.
func encode(req *protocol.Request) (*message, error) {
	if req.Raw != nil {
		decoded, err := protocol.DecodeRequest(req.Raw)
		if err != nil {
			return nil, emitter.NotSent(err)
		}
		decoded.Prefix, decoded.Namespace, decoded.Server, decoded.Count = req.Prefix, req.Namespace, req.Server, req.Count
		req = decoded
	}
	if err := check(req); err != nil {
		return nil, emitter.NotSent(err)
	}
	m := messages.Get().(*message)
	wire := m.req.Raw[:0]
	if req.MinJSONLen() < maxPayload {
		wire = appendInline(wire, req)
	}
	if len(wire) == 0 || len(wire) > maxPayload {
		wire = req.AppendMsgpack(wire[:0])
	}
	m.req = protocol.Request{
		Prefix: req.Prefix, Namespace: req.Namespace, Server: req.Server,
		Node: req.Node, Type: req.Type, Raw: wire,
	}
	return m, nil
}

func (m *message) release() {
	if cap(m.req.Raw) > maxPooled {
		return
	}
	m.req = protocol.Request{Raw: m.req.Raw}
	messages.Put(m)
}

// isInline tells whether an encoded request is the payload itself: JSON, where a
// body is msgpack.
func isInline(req *protocol.Request) bool { return req.Raw[0] == '{' }

// check refuses what servers would lose, or what would hurt them.
func check(req *protocol.Request) error {
	switch {
	case req.Type > protocol.FetchSockets:
		return fmt.Errorf("%w: a %s is for servers to send", emitter.ErrUnsupported, req.Type)
	case req.Node.IsZero() || req.ID.IsZero():
		return errors.New("the request has no node or no id")
	}
	for _, list := range [][]string{req.Opts.Rooms, req.Opts.Except, req.Rooms, {req.Packet.Namespace}} {
		for _, s := range list {
			if !utf8.ValidString(s) {
				return fmt.Errorf("%q is not UTF-8", s)
			}
		}
	}
	return nil
}

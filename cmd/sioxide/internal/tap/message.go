package tap

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/outbox"
	"github.com/sioxide/emitter/protocol"
)

// Message is a request that has passed.
type Message struct {
	At        time.Time
	Channel   string
	Bytes     int
	Request   *protocol.Request // nil where it can't be decoded
	Operation *outbox.Operation // of requests that are one
	Err       error             // why it can't be decoded, in whole or in part
}

// Asks tells whether the sender waits for answers.
func (m *Message) Asks() bool { return m.Request != nil && m.Request.Type.IsAnswered() }

// Namespace is that of the channel.
func (m *Message) Namespace() string {
	if m.Request == nil {
		return ""
	}
	return m.Request.Namespace
}

// errChannel is the error of a channel that is none of requests.
var errChannel = errors.New("not a channel of requests")

// decode reads what was published on a channel of Redis.
func decode(prefix, channel string, payload []byte, at time.Time) *Message {
	m := &Message{At: at, Channel: channel, Bytes: len(payload)}
	namespace, server, err := splitChannel(prefix, channel)
	if err != nil {
		m.Err = err
		return m
	}
	req, err := protocol.DecodeRequest(payload)
	return m.take(req, err, prefix, namespace, server)
}

// take fills in the request that came for a namespace, or why it can't be read.
func (m *Message) take(req *protocol.Request, err error, prefix, namespace, server string) *Message {
	if m.Err = err; err != nil {
		return m
	}
	m.Request = req
	packet := req.Packet.Namespace
	req.Prefix, req.Namespace, req.Server = prefix, namespace, server
	if req.Type.HasPacket() && packet != namespace {
		m.Err = fmt.Errorf("its packet is for namespace %q, its channel for %q", packet, namespace)
		return m
	}
	m.Operation, err = outbox.FromRequest(req)
	if err != nil && !errors.Is(err, outbox.ErrNoOperation) {
		m.Err = err
	}
	if m.Operation != nil {
		m.Operation.At = m.At
	}
	return m
}

// splitChannel takes the name of a request channel apart; see emitter.RequestChannel.
func splitChannel(prefix, channel string) (namespace, server string, err error) {
	rest, ok := strings.CutPrefix(channel, strings.TrimSuffix(emitter.RequestChannel(prefix, "", ""), "#"))
	if !ok {
		return "", "", errChannel
	}
	parts := strings.Split(rest, "#")
	if len(parts) < 2 || len(parts) > 3 || parts[len(parts)-1] != "" {
		return "", "", errChannel
	}
	if len(parts) == 3 {
		server = parts[1]
	}
	return parts[0], server, nil
}

// Filter says which messages are wanted. An empty list is no condition.
type Filter struct {
	Namespaces []string
	Rooms      []string // that the operation names
	Events     []string
	Questions  bool // also questions and heartbeats
}

// Wants tells whether a message is wanted. One that can't be decoded is, unless it is
// of another namespace.
func (f *Filter) Wants(m *Message) bool {
	if m.Request == nil {
		return true
	}
	if len(f.Namespaces) > 0 && !slices.Contains(f.Namespaces, m.Request.Namespace) {
		return false
	}
	if m.Err != nil {
		return true
	}
	o := m.Operation
	if o == nil {
		return f.Questions && len(f.Rooms) == 0 && len(f.Events) == 0
	}
	named := func(room string) bool {
		return slices.Contains(o.To, room) || slices.Contains(o.Except, room) || slices.Contains(o.Rooms, room)
	}
	return (len(f.Rooms) == 0 || slices.ContainsFunc(f.Rooms, named)) &&
		(len(f.Events) == 0 || slices.Contains(f.Events, o.Event))
}

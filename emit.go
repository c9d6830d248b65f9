//go:build !nocommon || !nomsgpack

package emitter

import (
	"context"
	"unicode/utf8"

	"github.com/sioxide/emitter/parser"
	"github.com/sioxide/emitter/protocol"
)

// Emit sends an event with its arguments to the selected sockets. One Go value
// gives the clients the same JavaScript value with either parser: what
// encoding/json writes of it, but byte slices, at any depth, are binaries.
//
// It returns nil when the driver has handed the event over; that nobody listens is
// an error only under RequireServers. SafeToRetry tells whether an error leaves
// open that the event was sent.
func (e Emitter) Emit(ctx context.Context, event string, args ...any) error {
	o := operations.Get().(*operation)
	err := e.ready(ctx)
	if err == nil {
		err = e.encodeEvent(o, event, args)
	}
	if err == nil {
		e.address(o, protocol.Broadcast)
		err = e.sendEvent(ctx, o)
	} else {
		err = NotSent(err)
	}
	o.release()
	if err != nil {
		return &opError{op: "emit", what: quote(event), namespace: e.namespace, err: err}
	}
	return nil
}

// encodeEvent gives the request its packet.
func (e *Emitter) encodeEvent(o *operation, event string, args []any) error {
	if err := checkEvent(event); err != nil {
		return err
	}
	p := &o.req.Packet
	if err := encode(&p.Data, &o.buf, e.parser, event, args); err != nil {
		return err
	}
	p.Namespace, p.Type = e.namespace, packetType(&p.Data)
	return nil
}

// sendEvent sends a broadcast, in parts under OncePerSocket.
func (e *Emitter) sendEvent(ctx context.Context, o *operation) error {
	if !e.core.oncePerSocket || len(o.req.Opts.Rooms) < 2 {
		return e.send(ctx, o)
	}
	parts := e.splitRooms(&o.req)
	for i, part := range parts {
		o.req = *part
		if err := e.send(ctx, o); err != nil {
			if i > 0 {
				err = &partlySentError{sent: i, of: len(parts), err: err}
			}
			return err
		}
	}
	return nil
}

// packetType is a binary event exactly when a common value has attachments. Any
// other combination makes clients disconnect.
func packetType(v *protocol.Value) protocol.PacketType {
	if v.Kind == protocol.Text && len(v.Attachments) > 0 {
		return protocol.BinaryEvent
	}
	return protocol.Event
}

// encode writes to v: a value is too large to be returned through one call more.
func encode(v *protocol.Value, b *parser.Buffer, p Parser, event string, args []any) (err error) {
	switch p {
	case Common:
		*v, err = encodeCommon(b, event, args)
	case Msgpack:
		*v, err = encodeMsgpack(b, event, args)
	default:
		err = refuse(ErrParser, "%d is neither Common nor Msgpack", p)
	}
	return err
}

func checkEvent(event string) error {
	switch event {
	case "":
		return refuse(ErrEvent, "it is empty")
	case "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener":
		return refuse(ErrReservedEvent, "Socket.IO keeps %q for itself; choose another name", event)
	}
	if !utf8.ValidString(event) {
		return refuse(ErrEvent, "%s is not UTF-8", quote(event))
	}
	return nil
}

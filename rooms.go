package emitter

import (
	"context"
	"errors"
	"fmt"

	"github.com/sioxide/emitter/protocol"
)

// Join lets the selected sockets join rooms. After ToSocket without ToServer it
// asks for the socket's server first and sends to that one alone, as every other
// server would keep the room and the socket's id for ever; a socket that no server
// lists is ErrSocketClosed, and a driver that can't ask gives ErrSelection.
func (e Emitter) Join(ctx context.Context, rooms ...string) error {
	return e.moveRooms(ctx, "join", "Join", protocol.AddSockets, rooms)
}

// Leave lets the selected sockets leave rooms.
func (e Emitter) Leave(ctx context.Context, rooms ...string) error {
	return e.moveRooms(ctx, "leave", "Leave", protocol.DelSockets, rooms)
}

// Disconnect lets the selected sockets leave the namespace. Connections that serve
// other namespaces too stay open.
func (e Emitter) Disconnect(ctx context.Context) error {
	if err := e.ready(ctx); err != nil {
		return &opError{op: "disconnect", namespace: e.namespace, err: NotSent(err)}
	}
	o := operations.Get().(*operation)
	defer o.release()
	e.address(o, protocol.DisconnectSockets)
	if err := e.send(ctx, o); err != nil {
		return &opError{op: "disconnect", namespace: e.namespace, err: err}
	}
	return nil
}

func (e *Emitter) moveRooms(ctx context.Context, op, call string, t protocol.Type, rooms []string) error {
	if err := e.tryMoveRooms(ctx, call, t, rooms); err != nil {
		return &opError{op: op, what: listRooms(rooms), namespace: e.namespace, err: err}
	}
	return nil
}

func (e *Emitter) tryMoveRooms(ctx context.Context, call string, t protocol.Type, rooms []string) error {
	if err := e.ready(ctx); err != nil {
		return NotSent(err)
	}
	if len(rooms) == 0 {
		return NotSent(refuse(ErrSelection, "%s without rooms (name at least one)", call))
	}
	if err := checkRooms(call, rooms); err != nil {
		return NotSent(err)
	}
	if t == protocol.AddSockets && e.sidUse == sidTo && e.server == "" {
		server, err := e.serverOfSocket(ctx)
		if err != nil {
			return NotSent(err)
		}
		at := *e
		at.server = server
		e = &at
	}
	o := operations.Get().(*operation)
	defer o.release()
	e.address(o, t)
	o.req.Rooms = rooms
	return e.send(ctx, o)
}

// serverOfSocket asks which server the socket of ToSocket is connected to.
func (e *Emitter) serverOfSocket(ctx context.Context) (string, error) {
	if e.route.listener == nil {
		return "", e.withoutServer(nil)
	}
	var server string
	q, err := e.start(ctx, protocol.FetchSockets, func(res *protocol.Response) bool {
		if len(res.Sockets) == 0 {
			return false
		}
		server = res.Sockets[0].Server.String()
		return true
	})
	if err != nil {
		return "", err
	}
	switch err := q.wait(); {
	case errors.Is(err, ErrUnsupported): // a driver that could ask, but not here
		return "", e.withoutServer(err)
	case err != nil:
		return "", err
	}
	if server == "" {
		return "", fmt.Errorf("%w: no server lists %q in namespace %s", ErrSocketClosed, e.sid, quote(e.namespace))
	}
	return server, nil
}

// withoutServer is the error for a socket whose server can't be asked for.
func (e *Emitter) withoutServer(cause error) error {
	err := refuse(ErrSelection, "ToSocket(%q).Join without ToServer would leave ghosts on the other servers: add ToServer, or use a Socket from Sockets", e.sid)
	if cause != nil {
		return fmt.Errorf("%w: %w", err, cause)
	}
	return err
}

// listRooms shows the first rooms of a list in an error.
func listRooms(rooms []string) string {
	switch len(rooms) {
	case 0:
		return ""
	case 1:
		return quote(rooms[0])
	}
	return fmt.Sprintf("%s and %d more", quote(rooms[0]), len(rooms)-1)
}

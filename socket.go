package emitter

import (
	"context"

	"github.com/sioxide/emitter/protocol"
)

// Socket is one connected client in one namespace, as Sockets found it. Its
// operations go to its server's own channel only, so that no other server has to
// look at them.
type Socket struct {
	ID, Server, Namespace string

	io Emitter
}

func (e *Emitter) socket(s protocol.Socket) Socket {
	io := e.bare()
	io.sid, io.sidUse, io.server = s.ID, sidTo, s.Server.String()
	return Socket{ID: s.ID.String(), Server: io.server, Namespace: s.Namespace, io: io}
}

// Join lets the socket join rooms.
func (s Socket) Join(ctx context.Context, rooms ...string) error { return s.io.Join(ctx, rooms...) }

// Leave lets the socket leave rooms.
func (s Socket) Leave(ctx context.Context, rooms ...string) error { return s.io.Leave(ctx, rooms...) }

// Disconnect lets the socket leave its namespace.
func (s Socket) Disconnect(ctx context.Context) error { return s.io.Disconnect(ctx) }

package emitter

import (
	"context"
	"fmt"

	"github.com/sioxide/emitter/protocol"
)

// Forward sends a request that was made elsewhere: kept in its wire form, read back by
// protocol.DecodeRequest. It selects its own sockets; prefix, namespace and server are
// the emitter's, which has no selection besides. What an operation of this emitter
// would refuse, it refuses, and an event of the other parser (ErrParser), which would
// harm the cluster. Questions and heartbeats, an event for another namespace, and what
// clients can't read are ErrRequest; a join of one socket goes to that socket's server
// alone, by ToServer. The request gets a fresh id and this process as its sender, and
// req is left as it was.
func (e Emitter) Forward(ctx context.Context, req *protocol.Request) error {
	if err := e.tryForward(ctx, req); err != nil {
		return &opError{op: "forward", what: "a request", namespace: e.namespace, err: err}
	}
	return nil
}

func (e *Emitter) tryForward(ctx context.Context, req *protocol.Request) error {
	err := e.ready(ctx)
	if err == nil {
		err = e.checkForward(req)
	}
	if err != nil {
		return NotSent(err)
	}
	o := operations.Get().(*operation)
	defer o.release()
	e.address(o, req.Type)
	o.req.Packet, o.req.Rooms, o.req.Opts = req.Packet, req.Rooms, req.Opts
	if e.volatile && req.Type == protocol.Broadcast {
		o.req.Opts.Flags |= protocol.FlagVolatile
	}
	if req.Type == protocol.Broadcast {
		return e.forwardEvent(ctx, o)
	}
	return e.send(ctx, o)
}

// checkForward holds a request against what operations are.
func (e *Emitter) checkForward(req *protocol.Request) error {
	if e.room != "" || len(e.except) > 0 || e.sidUse != sidUnused {
		return refuse(ErrSelection, "a request selects its own sockets; forward it by an emitter without a selection")
	}
	if req == nil || req.Raw != nil {
		return refuse(ErrRequest, "it is not decoded (protocol.DecodeRequest does that)")
	}
	if err := e.checkForwardOpts(req); err != nil {
		return err
	}
	switch req.Type {
	case protocol.Broadcast:
		return e.checkForwardEvent(req)
	case protocol.AddSockets, protocol.DelSockets:
		if len(req.Rooms) == 0 {
			return refuse(ErrSelection, "a %s without rooms", req.Type)
		}
		return checkRooms("the request's rooms", req.Rooms)
	case protocol.DisconnectSockets:
		return nil
	}
	return refuse(ErrRequest, "%s is no operation (emit, join, leave and disconnect are)", quote(req.Type.String()))
}

func (e *Emitter) checkForwardOpts(req *protocol.Request) error {
	opts := &req.Opts
	everybody := opts.Flags&protocol.FlagBroadcast != 0
	switch known := protocol.FlagLocal | protocol.FlagBroadcast | protocol.FlagVolatile; {
	case opts.Flags&^known != 0:
		return refuse(ErrRequest, "unknown flags %#x in its selection", uint8(opts.Flags))
	case len(opts.Rooms) == 0 && !everybody && opts.Sid.IsZero():
		return refuse(ErrSelection, "the request means nobody")
	case len(opts.Rooms) == 0 && !everybody && req.Type == protocol.AddSockets && e.server == "":
		return refuse(ErrSelection, "a join of one socket on the channel of all servers would leave ghosts on the others: add ToServer")
	}
	if _, err := protocol.ParseID(opts.Sid.String()); err != nil && !opts.Sid.IsZero() {
		return refuse(ErrID, "the request's socket: %v", err)
	}
	if err := checkRooms("the request's To", opts.Rooms); err != nil {
		return err
	}
	return checkRooms("the request's Except", opts.Except)
}

// fits tells why a packet can't be an event of this emitter's namespace and parser.
func (e *Emitter) fits(p *protocol.Packet) error {
	kind := protocol.Text
	if e.parser == Msgpack {
		kind = protocol.Binary
	}
	switch {
	case p.Data.Kind != kind:
		return refuse(ErrParser, "the event is of the other parser than the emitter's, %s; it would harm the cluster's servers", e.parser)
	case p.Namespace != e.namespace:
		return refuse(ErrRequest, "the event is for namespace %s, it was to go to %s", quote(p.Namespace), quote(e.namespace))
	}
	return nil
}

func badEvent(err error) error { return fmt.Errorf("%w: its event: %w", ErrRequest, err) }

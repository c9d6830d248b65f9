package emitter

import (
	"context"
	"errors"
	"sync"

	"github.com/sioxide/emitter/parser"
	"github.com/sioxide/emitter/protocol"
)

// operation is one request on its way: pooled, as a fresh request would escape
// through the driver's interface.
type operation struct {
	req   protocol.Request
	rooms []string // memory of req.Opts.Rooms
	buf   parser.Buffer
}

var operations = sync.Pool{New: func() any { return new(operation) }}

// release gives the operation back. Drivers keep nothing of a request after Send,
// whatever it returned.
func (o *operation) release() {
	clear(o.rooms)
	o.rooms = o.rooms[:0]
	o.req = protocol.Request{}
	o.buf.Reset()
	operations.Put(o)
}

var errNilContext = errors.New("nil context (pass context.Background() where there is none)")

// ready checks the context and the emitter before anything is encoded.
func (e *Emitter) ready(ctx context.Context) error {
	if ctx == nil {
		return errNilContext
	}
	if err := e.check(); err != nil {
		return err
	}
	return ctx.Err()
}

// address fills in everything of the request but its packet and rooms.
func (e *Emitter) address(o *operation, t protocol.Type) {
	req := &o.req
	req.Prefix, req.Namespace, req.Server = e.prefix, e.namespace, e.server
	req.Node, req.ID = nodeID, protocol.NewID()
	req.Type = t
	req.Count = e.core.requireServers
	if e.room != "" {
		o.rooms = append(append(o.rooms[:0], e.room), e.more...)
		req.Opts.Rooms = o.rooms
	}
	req.Opts.Except = e.except
	req.Opts.Sid = e.sid
	if e.sidUse != sidTo {
		req.Opts.Flags = protocol.FlagBroadcast
	}
	if e.volatile {
		req.Opts.Flags |= protocol.FlagVolatile
	}
}

// send hands the request to the driver. Under RequireServers a driver that can't
// count in the same round trip has sent nothing: then a probe looks for a server
// first.
func (e *Emitter) send(ctx context.Context, o *operation) error {
	if err := e.checkSize(&o.req); err != nil {
		return err
	}
	servers, err := e.route.driver.Send(ctx, &o.req)
	if o.req.Count && e.route.listener != nil && errors.Is(err, ErrUnsupported) {
		if err := e.findServer(ctx); err != nil {
			return NotSent(err)
		}
		o.req.Count = false
		servers, err = e.route.driver.Send(ctx, &o.req)
	}
	e.mark(e.server)
	if err != nil {
		return err
	}
	if servers == 0 && o.req.Count {
		return e.noServers()
	}
	return nil
}

func (e *Emitter) checkSize(req *protocol.Request) error {
	if n := req.MsgpackLen(); n > e.core.maxMessage {
		return NotSent(refuse(ErrTooLarge, "%d bytes on the wire, at most %d are allowed (WithMaxMessage)", n, e.core.maxMessage))
	}
	return nil
}

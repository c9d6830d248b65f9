package outbox

import (
	"errors"
	"fmt"

	"github.com/sioxide/emitter/protocol"
)

// ErrNoOperation is returned by FromRequest for requests that are none of the four
// operations: questions, and heartbeats.
var ErrNoOperation = errors.New("not an operation")

// FromRequest returns the operation that a request is: as it comes to a Driver, or as
// protocol.DecodeRequest reads it, with Prefix, Namespace and Server of its channel
// filled in. The ID is the request's; a broadcast that wants acks is an emit. It
// shares no memory with req.
func FromRequest(req *protocol.Request) (*Operation, error) {
	o, err := fromRequest(req)
	if err != nil {
		return nil, fmt.Errorf("outbox: operation of a %s request: %w", req.Type, err)
	}
	return o, nil
}

func fromRequest(req *protocol.Request) (*Operation, error) {
	o := &Operation{ID: req.ID.String(), Prefix: req.Prefix, Namespace: req.Namespace, Server: req.Server}
	o.Prefix, o.Namespace = o.prefix(), o.namespace()
	if req.Raw != nil {
		return nil, fmt.Errorf("%w: it is in its wire form (protocol.DecodeRequest reads that)", ErrNoOperation)
	}
	if err := o.selectAs(&req.Opts); err != nil {
		return nil, err
	}
	switch req.Type {
	case protocol.Broadcast, protocol.BroadcastWithAck:
		o.Op = Emit
		o.Volatile = req.Opts.Flags&protocol.FlagVolatile != 0
		if err := o.setEvent(&req.Packet.Data); err != nil {
			return nil, err
		}
	case protocol.AddSockets:
		o.Op = Join
		o.Rooms = append(o.Rooms, req.Rooms...)
	case protocol.DelSockets:
		o.Op = Leave
		o.Rooms = append(o.Rooms, req.Rooms...)
	case protocol.DisconnectSockets:
		o.Op = Disconnect
	default:
		return nil, ErrNoOperation
	}
	return o, o.check()
}

// selectAs takes over whom a request means; see protocol.Opts.
func (o *Operation) selectAs(opts *protocol.Opts) error {
	everybody := opts.Flags&protocol.FlagBroadcast != 0
	switch {
	case len(opts.Rooms) == 0 && !everybody && opts.Sid.IsZero():
		return fmt.Errorf("%w: it means nobody", ErrNoOperation)
	case len(opts.Rooms) == 0 && !everybody:
		o.Socket = opts.Sid.String() // what it excepts is not looked at
		return nil
	case everybody:
		o.ExceptSocket = opts.Sid.String()
	}
	o.To = append(o.To, opts.Rooms...)
	o.Except = append(o.Except, opts.Except...)
	return nil
}

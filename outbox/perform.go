package outbox

import (
	"context"
	"fmt"

	"github.com/sioxide/emitter"
)

// Perform does what the operation says, with e's driver and parser; its prefix and
// namespace take the place of e's, and its selection is added to e's, which should
// have none. All that the emitter's operations say of checks and errors holds; an
// operation that breaks the form is an error that wraps ErrInvalid, and nothing is
// sent.
func (o *Operation) Perform(ctx context.Context, e emitter.Emitter) error {
	if err := o.check(); err != nil {
		return emitter.NotSent(fmt.Errorf("outbox: perform: %w", err))
	}
	e = o.Select(e)
	if o.Raw != nil {
		return o.forward(ctx, e)
	}
	switch o.Op {
	case Join:
		return e.Join(ctx, o.Rooms...)
	case Leave:
		return e.Leave(ctx, o.Rooms...)
	case Disconnect:
		return e.Disconnect(ctx)
	}
	return o.emit(ctx, e)
}

// Select returns e for the operation's prefix, namespace and selection.
func (o *Operation) Select(e emitter.Emitter) emitter.Emitter {
	e = e.Prefix(o.prefix()).Of(o.namespace()).Except(o.Except...)
	if len(o.To) > 0 {
		e = e.To(o.To...)
	}
	if o.Socket != "" {
		e = e.ToSocket(o.Socket)
	}
	if o.ExceptSocket != "" {
		e = e.ExceptSocket(o.ExceptSocket)
	}
	if o.Server != "" {
		e = e.ToServer(o.Server)
	}
	if o.Volatile {
		e = e.Volatile()
	}
	return e
}

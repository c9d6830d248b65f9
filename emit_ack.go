//go:build !nocommon || !nomsgpack

package emitter

import (
	"context"

	"github.com/sioxide/emitter/protocol"
)

// EmitWithAck sends an event to the selected sockets and returns the stream of
// their answers. It returns once the event is sent; ctx, Timeout (6 s without it)
// or Close ends the stream. Nobody listening is ErrNoServers; after Volatile it is
// ErrUnsupported, as servers ignore that here.
func (e Emitter) EmitWithAck(ctx context.Context, event string, args ...any) (*Acks, error) {
	a, err := e.emitWithAck(ctx, event, args)
	if err != nil {
		return nil, &opError{op: "emit with ack", what: quote(event), namespace: e.namespace, err: err}
	}
	return a, nil
}

func (e *Emitter) emitWithAck(ctx context.Context, event string, args []any) (*Acks, error) {
	if e.volatile {
		return nil, NotSent(refuse(ErrUnsupported, "Volatile together with EmitWithAck: servers ignore it; leave it out"))
	}
	wait, err := e.readyToAsk(ctx, answerWait, ackSlack)
	if err != nil {
		return nil, NotSent(err)
	}
	timeout, err := e.ackTimeout(ctx)
	if err != nil {
		return nil, NotSent(err)
	}
	o := operations.Get().(*operation)
	defer o.release()
	if err := e.encodeEvent(o, event, args); err != nil {
		return nil, NotSent(err)
	}
	e.address(o, protocol.BroadcastWithAck)
	o.req.AckTimeout, o.req.Count = timeout, true
	if err := e.checkSize(&o.req); err != nil {
		return nil, err
	}
	a := newAcks()
	a.q = e.newQuestion(ctx, wait, a.take)
	err = a.q.ask(e.route, e.splitRooms(&o.req)...)
	e.mark(e.server)
	if err != nil {
		return nil, err
	}
	return a, a.q.failedAtOnce()
}

//go:build !nocommon || !nomsgpack

package emitter

import (
	"context"

	"github.com/sioxide/emitter/parser"
	"github.com/sioxide/emitter/protocol"
)

// Prepared is an event encoded once, to be sent many times with EmitPrepared. It
// is bound to the parser of the emitter that made it and may be used by many
// goroutines at once.
type Prepared struct {
	event  string
	parser Parser
	value  protocol.Value
}

// Prepare encodes an event for EmitPrepared, for any selection, namespace and
// driver.
func (e Emitter) Prepare(event string, args ...any) (Prepared, error) {
	p, err := e.prepare(event, args)
	if err != nil {
		return Prepared{}, &opError{op: "prepare", what: quote(event), namespace: e.namespace, err: NotSent(err)}
	}
	return p, nil
}

func (e *Emitter) prepare(event string, args []any) (Prepared, error) {
	if e.core == nil {
		return Prepared{}, ErrNoDriver
	}
	if err := checkEvent(event); err != nil {
		return Prepared{}, err
	}
	var buf parser.Buffer
	var v protocol.Value
	if err := encode(&v, &buf, e.parser, event, args); err != nil {
		return Prepared{}, err
	}
	return Prepared{event: event, parser: e.parser, value: v.Clone()}, nil
}

// EmitPrepared sends a prepared event to the selected sockets; all that Emit says
// holds. An event prepared with the other parser is ErrParser.
func (e Emitter) EmitPrepared(ctx context.Context, p Prepared) error {
	if err := e.tryEmitPrepared(ctx, &p); err != nil {
		return &opError{op: "emit", what: quote(p.event), namespace: e.namespace, err: err}
	}
	return nil
}

func (e *Emitter) tryEmitPrepared(ctx context.Context, p *Prepared) error {
	if err := e.ready(ctx); err != nil {
		return NotSent(err)
	}
	if p.event == "" {
		return NotSent(refuse(ErrEvent, "the Prepared is empty; make it with Prepare"))
	}
	if p.parser != e.parser {
		return NotSent(refuse(ErrParser, "the event was prepared with the %s parser, the emitter has the %s one; prepare it with this emitter", p.parser, e.parser))
	}
	o := operations.Get().(*operation)
	defer o.release()
	e.address(o, protocol.Broadcast)
	o.req.Packet = protocol.Packet{Namespace: e.namespace, Type: packetType(&p.value), Data: p.value}
	return e.sendEvent(ctx, o)
}

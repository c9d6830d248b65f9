package outbox

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// FromRequestRaw is FromRequest for the raw form: the request's own bytes, with the
// event as its parser wrote it. Choose it where numbers, extensions or texts must stay
// what they are to the byte. It is bound to that parser: Perform refuses it through an
// emitter of the other one. A question is ErrNoOperation.
func FromRequestRaw(req *protocol.Request) (*Operation, error) {
	o, err := fromRequestRaw(req)
	if err != nil {
		return nil, fmt.Errorf("outbox: raw operation of a request: %w", err)
	}
	return o, nil
}

func fromRequestRaw(req *protocol.Request) (*Operation, error) {
	o := &Operation{Prefix: req.Prefix, Namespace: req.Namespace, Server: req.Server, Raw: req.AppendMsgpack(nil)}
	o.Prefix, o.Namespace = o.prefix(), o.namespace()
	own, err := o.request()
	if err != nil {
		return nil, err
	}
	o.ID = own.ID.String()
	return o, o.check()
}

func (o *Operation) checkRaw() error {
	for _, f := range []struct {
		name  string
		wrong bool
	}{
		{"op", o.Op != ""}, {"to", len(o.To) > 0}, {"except", len(o.Except) > 0}, {"socket", o.Socket != ""},
		{"except_socket", o.ExceptSocket != ""}, {"volatile", o.Volatile}, {"event", o.Event != ""},
		{"args", len(o.Args) > 0}, {"rooms", len(o.Rooms) > 0},
	} {
		if f.wrong {
			return bad(f.name, "not a field beside raw, which says it already")
		}
	}
	if err := o.checkText(); err != nil {
		return err
	}
	_, err := o.request()
	return err
}

// request reads Raw. It shares its memory.
func (o *Operation) request() (*protocol.Request, error) {
	if len(o.Raw) == 0 {
		return nil, bad("raw", "it is empty")
	}
	req, err := protocol.DecodeRequest(o.Raw)
	if err != nil {
		return nil, &FieldError{"raw", err}
	}
	switch req.Type {
	case protocol.Broadcast:
		if ns := req.Packet.Namespace; ns != o.namespace() {
			return nil, bad("raw", "its event is for namespace %q, the operation for %q", clip(ns), clip(o.namespace()))
		}
	case protocol.AddSockets, protocol.DelSockets, protocol.DisconnectSockets:
	default:
		return nil, bad("raw", "%w: a request of type %d (%s)", ErrNoOperation, req.Type, req.Type)
	}
	return req, nil
}

// forward sends Raw's request as one of e's.
func (o *Operation) forward(ctx context.Context, e emitter.Emitter) error {
	req, err := o.request()
	if err != nil {
		return emitter.NotSent(fmt.Errorf("outbox: perform: %w", err))
	}
	err = e.Forward(ctx, req)
	if errors.Is(err, emitter.ErrRequest) || errors.Is(err, emitter.ErrParser) {
		return emitter.NotSent(fmt.Errorf("outbox: perform: %w", &FieldError{"raw", err}))
	}
	return err
}

func (o *Operation) decodeRaw(raw json.RawMessage) (err error) {
	if raw[0] != '"' {
		return wrongKind("raw", raw, "base64")
	}
	if o.Raw, err = fromBase64(unquote(raw)); err != nil {
		return &FieldError{"raw", err}
	}
	return nil
}

func (o *Operation) appendRaw(dst []byte) []byte {
	if o.Raw == nil {
		return dst
	}
	return append(base64.StdEncoding.AppendEncode(append(dst, `,"raw":"`...), o.Raw), '"')
}

// Expand returns the operation in the form with op: o itself, or what the request of a
// raw one does.
func (o *Operation) Expand() (*Operation, error) {
	if o.Raw == nil {
		return o, nil
	}
	req, err := o.request()
	if err == nil {
		req.Prefix, req.Namespace, req.Server = o.Prefix, o.namespace(), o.Server
		var full *Operation
		if full, err = fromRequest(req); err == nil {
			full.ID, full.At = o.ID, o.At
			return full, nil
		}
	}
	return nil, fmt.Errorf("outbox: expand: %w", &FieldError{"raw", err})
}

// Package socketio speaks the Socket.IO protocol, revision 5, over the Engine.IO
// protocol, revision 4, by WebSocket alone: what the demo's nodes and its clients
// have in common.
//
// A [Conn] is one connection and carries [Packet]s. A [Parser] turns a packet
// into WebSocket frames and back. Both parsers that socketioxide knows are here.
// Payloads stay in the parser's own form, because a node forwards what an emitter
// wrote without looking inside.
//
// Decoding is as strict as the JavaScript client's, which disconnects at the
// first packet that it does not understand: what would end a browser's connection
// ends the demo's too.
package socketio

import (
	"errors"
	"fmt"
)

// Kind is the type of a packet, as the protocol numbers them.
type Kind uint8

const (
	Connect Kind = iota
	Disconnect
	Event
	Ack
	ConnectError
	BinaryEvent // common parser only: an Event with attachments
	BinaryAck   // common parser only: an Ack with attachments
)

// Packet is one Socket.IO packet.
type Packet struct {
	Kind      Kind
	Namespace string
	ID        *int64 // of an Event that wants an Ack, and of that Ack
	Data      Value
}

// Value is a payload as its parser wrote it.
type Value struct {
	Raw         []byte   // JSON text or msgpack; nil for no payload
	Attachments [][]byte // common parser only, by the number that placeholders name
}

// Frame is one WebSocket message.
type Frame struct {
	Binary bool
	Data   []byte
}

// ErrPacket is wrapped by every error about a packet that breaks the protocol.
var ErrPacket = errors.New("not a valid packet")

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrPacket, fmt.Sprintf(format, args...))
}

// Parser is one of the two encodings of packets. A cluster has one parser.
type Parser uint8

const (
	Common Parser = iota
	Msgpack
)

func (p Parser) String() string {
	if p == Msgpack {
		return "msgpack"
	}
	return "common"
}

// Encode returns the frames of a packet, to be sent one after another with
// nothing between them.
func (p Parser) Encode(pk *Packet) []Frame {
	if p == Msgpack {
		return []Frame{{Binary: true, Data: appendMsgpack(nil, pk)}}
	}
	return encodeCommon(pk)
}

// Marshal turns arguments into the payload of an Event (the first argument is its
// name) or of an Ack.
func (p Parser) Marshal(args []any) (Value, error) {
	if p == Msgpack {
		return marshalMsgpack(args)
	}
	return marshalCommon(args)
}

// Args decodes the payload of an Event or an Ack into nil, bool, float64, string,
// []byte, []any and map[string]any: what a JavaScript client would hold.
func (p Parser) Args(pk *Packet) ([]any, error) {
	if p == Msgpack {
		return msgpackArgs(pk.Data.Raw)
	}
	return commonArgs(pk)
}

// Object turns the payload of a Connect or a ConnectError into dst, a pointer.
func (p Parser) Object(v Value, dst any) error {
	if len(v.Raw) == 0 {
		return nil
	}
	return p.unmarshal(v.Raw, dst)
}

// FromObject turns v into the payload of a Connect or a ConnectError.
func (p Parser) FromObject(v any) (Value, error) {
	raw, err := p.marshal(v)
	return Value{Raw: raw}, err
}

// Decoder puts frames of one connection together into packets.
type Decoder struct {
	parser  Parser
	partial *Packet // a binary packet that still misses attachments
	missing int
}

// NewDecoder returns a decoder for one connection.
func (p Parser) NewDecoder() *Decoder { return &Decoder{parser: p} }

// Add takes the next frame and returns the packet that it completes, or nil.
func (d *Decoder) Add(f Frame) (*Packet, error) {
	if d.parser == Msgpack {
		if !f.Binary {
			return nil, invalid("a text frame, but the parser is msgpack")
		}
		return decodeMsgpack(f.Data)
	}
	if f.Binary {
		return d.attach(f.Data)
	}
	if d.partial != nil {
		return nil, invalid("a text frame where %d attachments were still missing", d.missing)
	}
	pk, attachments, err := decodeCommon(f.Data)
	if err != nil {
		return nil, err
	}
	if attachments > 0 {
		d.partial, d.missing = pk, attachments
		return nil, nil
	}
	return pk, nil
}

func (d *Decoder) attach(data []byte) (*Packet, error) {
	if d.partial == nil {
		return nil, invalid("a binary frame that no packet announced")
	}
	d.partial.Data.Attachments = append(d.partial.Data.Attachments, data)
	if d.missing--; d.missing > 0 {
		return nil, nil
	}
	pk := d.partial
	d.partial = nil
	return pk, nil
}

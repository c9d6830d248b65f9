package protocol

import (
	"fmt"
	"math"
	"time"
)

// DecodeRequest reads the msgpack form of a request, arrays or maps, text and
// bytes as bin or as arrays of integers. Prefix, Server and Count are not on the
// wire; Namespace is the packet's, and empty where there is none. The request
// shares data's memory. The error wraps ErrMalformed and says where data is bad;
// a message of more than 64 MiB is refused.
func DecodeRequest(data []byte) (*Request, error) {
	req, err := decodeRequest(data)
	if err != nil {
		return nil, fmt.Errorf("protocol: decode request: %w", err)
	}
	return req, nil
}

func decodeRequest(data []byte) (*Request, error) {
	if len(data) > MaxMessage {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are taken", ErrMalformed, len(data), MaxMessage)
	}
	r := &reader{b: data}
	d := requestDecoder{reader: r, req: new(Request)}
	d.object("request", requestFields, 6, d.field)
	d.check()
	if err := r.end(); err != nil {
		return nil, err
	}
	return d.req, nil
}

// requestDecoder fills a request and notes which of its parts were there.
type requestDecoder struct {
	*reader
	req                       *Request
	hasPacket, hasRooms, opts bool
}

// requestFields is the order of an array's elements; the last one may be absent.
var requestFields = []string{fieldNode, fieldID, fieldType, fieldPacket, fieldRooms, fieldOpts, fieldAckTimeout}

func (d *requestDecoder) field(name string) {
	switch name {
	case fieldNode:
		d.req.Node = d.id(name)
	case fieldID:
		d.req.ID = d.id(name)
	case fieldType:
		d.req.Type = Type(d.uint(name, math.MaxUint8))
	case fieldPacket:
		if d.hasPacket = !d.nil(); d.hasPacket {
			d.req.Packet = d.packet()
		}
	case fieldRooms:
		if d.hasRooms = !d.nil(); d.hasRooms {
			d.req.Rooms = d.strings(name)
		}
	case fieldOpts:
		if d.opts = !d.nil(); d.opts {
			d.req.Opts = d.readOpts()
		}
	case fieldAckTimeout:
		if !d.nil() {
			ms := d.uint(name, math.MaxInt64/uint64(time.Millisecond))
			d.req.AckTimeout = time.Duration(ms) * time.Millisecond
		}
	default:
		d.skip(1)
	}
}

// check holds the request against its type, as servers do.
func (d *requestDecoder) check() {
	if d.err != nil {
		return
	}
	if fault := d.req.fault(d.hasPacket, d.hasRooms, d.opts); fault != "" {
		d.fail("%s", fault)
	}
	d.req.Namespace = d.req.Packet.Namespace
}

// fault says what a request lacks of what its type needs, "" when nothing.
func (r *Request) fault(hasPacket, hasRooms, hasOpts bool) string {
	t := r.Type
	switch {
	case r.Node.IsZero() || r.ID.IsZero():
		return "node_id or id is missing"
	case t > FetchSockets && t != Heartbeat && t != InitHeartbeat:
		return fmt.Sprintf("%d is no type of request", t)
	case t.HasPacket() && !hasPacket:
		return fmt.Sprintf("a %s without a packet", t)
	case t.HasRooms() && !hasRooms:
		return fmt.Sprintf("a %s without rooms", t)
	case t <= FetchSockets && !hasOpts:
		return fmt.Sprintf("a %s without opts", t)
	}
	return ""
}

// packetFields is the order of an array's elements (socketioxide-core,
// src/packet.rs: Packet, whose type carries data, ack and error).
var packetFields = []string{"ns", "type", "data", "ack", "error"}

func (d *requestDecoder) packet() (p Packet) {
	d.object("packet", packetFields, len(packetFields), func(name string) { d.packetField(&p, name) })
	return p
}

func (d *requestDecoder) packetField(p *Packet, name string) {
	switch name {
	case "ns":
		p.Namespace = d.string("packet's namespace")
	case "type":
		p.Type = PacketType(d.uint("packet's type", math.MaxUint8))
		if d.err == nil && p.Type != Event && p.Type != BinaryEvent {
			d.fail("a packet of type %d, want an event", p.Type)
		}
	case "data":
		p.Data = d.value()
	default:
		d.skip(2)
	}
}

var optsFields = []string{"flags", "rooms", "except", "sid", "server_id"}

func (d *requestDecoder) readOpts() (o Opts) {
	d.object("opts", optsFields, len(optsFields), func(name string) { d.optsField(&o, name) })
	return o
}

func (d *requestDecoder) optsField(o *Opts, name string) {
	switch name {
	case "flags":
		o.Flags = Flags(d.uint("opts' flags", math.MaxUint8))
	case "rooms":
		o.Rooms = d.strings("opts' rooms")
	case "except":
		o.Except = d.strings("opts' except")
	case "sid":
		o.Sid = d.optionalID("opts' sid")
	default:
		d.skip(2)
	}
}

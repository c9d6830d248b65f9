package protocol

import "time"

// AppendMsgpack appends the wire form of r in msgpack: arrays that every server
// version takes, and, when an ack timeout is set, a map, as servers before core
// 0.20 refuse an array of seven but skip an unknown key. Text and bytes are bin,
// which is half the size of the array of integers that the Rust emitter writes.
func (r *Request) AppendMsgpack(dst []byte) []byte {
	if r.Raw != nil {
		return append(dst, r.Raw...)
	}
	if r.AckTimeout > 0 {
		return r.appendMap(dst)
	}
	dst = append(dst, mpFixArray|6)
	dst = appendID(dst, &r.Node)
	dst = appendID(dst, &r.ID)
	dst = append(dst, byte(r.Type))
	dst = r.appendPacket(dst)
	dst = r.appendRooms(dst)
	return r.Opts.append(dst)
}

// The names of the request's fields (socketioxide-core,
// src/adapter/remote_packet.rs: RawRequest).
const (
	fieldNode       = "node_id"
	fieldID         = "id"
	fieldType       = "type"
	fieldPacket     = "packet"
	fieldRooms      = "rooms"
	fieldOpts       = "opts"
	fieldAckTimeout = "ack_timeout_ms"
)

const requestNamesLen = len(fieldNode+fieldID+fieldType+fieldPacket+fieldRooms+fieldOpts+fieldAckTimeout) + 7

func (r *Request) appendMap(dst []byte) []byte {
	dst = append(dst, mpFixMap|7)
	dst = appendID(appendString(dst, fieldNode), &r.Node)
	dst = appendID(appendString(dst, fieldID), &r.ID)
	dst = append(appendString(dst, fieldType), byte(r.Type))
	dst = r.appendPacket(appendString(dst, fieldPacket))
	dst = r.appendRooms(appendString(dst, fieldRooms))
	dst = r.Opts.append(appendString(dst, fieldOpts))
	return appendUint(appendString(dst, fieldAckTimeout), r.ackTimeoutMillis())
}

// ackTimeoutMillis rounds up, so that what is set is never sent as 0.
func (r *Request) ackTimeoutMillis() uint64 {
	return uint64((r.AckTimeout + time.Millisecond - 1) / time.Millisecond)
}

func (r *Request) appendPacket(dst []byte) []byte {
	if !r.Type.HasPacket() {
		return append(dst, mpNil)
	}
	dst = append(dst, mpFixArray|5)
	dst = appendString(dst, r.Packet.Namespace)
	dst = append(dst, byte(r.Packet.Type))
	dst = r.Packet.Data.append(dst)
	return append(dst, mpNil, mpNil) // ack, error
}

func (v *Value) append(dst []byte) []byte {
	dst = append(dst, mpFixArray|3, byte(v.Kind))
	dst = appendBinHeader(dst, v.DataLen())
	dst = v.AppendData(dst)
	if v.Attachments == nil {
		return append(dst, mpNil)
	}
	dst = appendArrayHeader(dst, len(v.Attachments))
	for _, a := range v.Attachments {
		dst = append(appendBinHeader(dst, len(a)), a...)
	}
	return dst
}

func (r *Request) appendRooms(dst []byte) []byte {
	if !r.Type.HasRooms() {
		return append(dst, mpNil)
	}
	return appendStrings(dst, r.Rooms)
}

// append writes the selection; its last member, server_id, is always nil: one
// server is reached by its own channel.
func (o *Opts) append(dst []byte) []byte {
	dst = append(dst, mpFixArray|5, byte(o.Flags))
	dst = appendStrings(dst, o.Rooms)
	dst = appendStrings(dst, o.Except)
	dst = appendID(dst, &o.Sid)
	return append(dst, mpNil)
}

// MsgpackLen returns the exact length of what AppendMsgpack appends.
func (r *Request) MsgpackLen() int {
	if r.Raw != nil {
		return len(r.Raw)
	}
	n := 1 + idLen(&r.Node) + idLen(&r.ID) + 1 + r.packetLen() + r.roomsLen() + r.Opts.len()
	if r.AckTimeout > 0 {
		n += requestNamesLen + uintLen(r.ackTimeoutMillis())
	}
	return n
}

func (r *Request) packetLen() int {
	if !r.Type.HasPacket() {
		return 1
	}
	return 1 + stringLen(len(r.Packet.Namespace)) + 1 + r.Packet.Data.len() + 2
}

func (v *Value) len() int {
	n := 2 + binLen(v.DataLen())
	if v.Attachments == nil {
		return n + 1
	}
	n += arrayHeaderLen(len(v.Attachments))
	for _, a := range v.Attachments {
		n += binLen(len(a))
	}
	return n
}

func (r *Request) roomsLen() int {
	if !r.Type.HasRooms() {
		return 1
	}
	return stringsLen(r.Rooms)
}

func (o *Opts) len() int {
	return 2 + stringsLen(o.Rooms) + stringsLen(o.Except) + idLen(&o.Sid) + 1
}

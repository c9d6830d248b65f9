package protocol

import "strconv"

// AppendJSON appends the wire form of r in JSON, as it is sent over PostgreSQL
// (socketioxide-postgres, src/lib.rs: send_req): objects, with bytes as arrays of
// integers. A request with Raw set must be decoded first: Raw is not looked at.
func (r *Request) AppendJSON(dst []byte) []byte {
	dst = appendJSONID(append(dst, `{"node_id":`...), &r.Node)
	dst = appendJSONID(append(dst, `,"id":`...), &r.ID)
	dst = strconv.AppendUint(append(dst, `,"type":`...), uint64(r.Type), 10)
	dst = r.appendPacketJSON(append(dst, `,"packet":`...))
	dst = append(dst, `,"rooms":`...)
	if r.Type.HasRooms() {
		dst = appendJSONStrings(dst, r.Rooms)
	} else {
		dst = append(dst, "null"...)
	}
	dst = r.Opts.appendJSON(append(dst, `,"opts":`...))
	if r.AckTimeout > 0 {
		dst = strconv.AppendUint(append(dst, `,"ack_timeout_ms":`...), r.ackTimeoutMillis(), 10)
	}
	return append(dst, '}')
}

func (r *Request) appendPacketJSON(dst []byte) []byte {
	if !r.Type.HasPacket() {
		return append(dst, "null"...)
	}
	dst = appendJSONString(append(dst, `{"ns":`...), r.Packet.Namespace)
	dst = append(dst, `,"type":`...)
	dst = strconv.AppendUint(dst, uint64(r.Packet.Type), 10)
	dst = r.Packet.Data.appendJSON(append(dst, `,"data":`...))
	return append(dst, `,"ack":null,"error":null}`...)
}

// appendJSON writes the selection; rooms and except may not be absent.
func (o *Opts) appendJSON(dst []byte) []byte {
	dst = strconv.AppendUint(append(dst, `{"flags":`...), uint64(o.Flags), 10)
	dst = appendJSONStrings(append(dst, `,"rooms":`...), o.Rooms)
	dst = appendJSONStrings(append(dst, `,"except":`...), o.Except)
	dst = appendJSONID(append(dst, `,"sid":`...), &o.Sid)
	return append(dst, `,"server_id":null}`...)
}

// MinJSONLen is a length that AppendJSON exceeds, quick to have: at least two
// characters for each byte of the packet.
func (r *Request) MinJSONLen() int {
	if !r.Type.HasPacket() {
		return 0
	}
	n := r.Packet.Data.DataLen()
	for _, a := range r.Packet.Data.Attachments {
		n += len(a)
	}
	return 2 * n
}

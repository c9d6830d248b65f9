package protocol

import "fmt"

// The wire's names of an ack's results.
const (
	ackOK             = "Ok"
	ackErr            = "Err"
	ackTimeout        = "Timeout"
	ackSocket         = "Socket"
	ackSocketClosed   = "Closed"
	ackSocketFull     = "InternalChannelFull"
	ackUnknownVariant = "Unknown"
)

// AppendMsgpack appends the response without the id of its request: `[node_id,
// [kind, body]]`.
func (r *Response) AppendMsgpack(dst []byte) []byte {
	dst = append(dst, mpFixArray|2)
	dst = appendID(dst, &r.Server)
	dst = append(dst, mpFixArray|2, byte(r.Kind))
	switch r.Kind {
	case KindAck:
		return r.Ack.append(dst)
	case KindAckCount:
		return appendUint(dst, uint64(r.Count))
	case KindRooms:
		return appendStrings(dst, r.Rooms)
	case KindSockets:
		return appendSockets(dst, r.Sockets)
	}
	panic(fmt.Sprintf("protocol: append response: unknown kind %d", r.Kind))
}

// AppendAddressed appends the response with the id of its request in front:
// `[request id, [node_id, [kind, body]]]`, as it is sent over Redis
// (socketioxide-redis, src/lib.rs: send_res).
func (r *Response) AppendAddressed(dst []byte) []byte {
	dst = append(dst, mpFixArray|2)
	dst = appendID(dst, &r.Request)
	return r.AppendMsgpack(dst)
}

func (a *Ack) append(dst []byte) []byte {
	dst = append(dst, mpFixArray|2)
	dst = appendID(dst, &a.Socket)
	dst = append(dst, mpFixMap|1)
	if a.Err == AckOK {
		return a.Value.append(appendString(dst, ackOK))
	}
	dst = appendString(dst, ackErr)
	switch a.Err {
	case AckTimedOut:
		return appendString(dst, ackTimeout)
	case AckSocketClosed:
		return appendString(appendString(append(dst, mpFixMap|1), ackSocket), ackSocketClosed)
	case AckSocketFull:
		return appendString(appendString(append(dst, mpFixMap|1), ackSocket), ackSocketFull)
	}
	return appendString(dst, ackUnknownVariant)
}

func appendSockets(dst []byte, sockets []Socket) []byte {
	dst = appendArrayHeader(dst, len(sockets))
	for i := range sockets {
		s := &sockets[i]
		dst = append(dst, mpFixArray|3)
		dst = appendID(dst, &s.ID)
		dst = appendID(dst, &s.Server)
		dst = appendString(dst, s.Namespace)
	}
	return dst
}

package protocol

import (
	"fmt"
	"math"
)

// DecodeResponse reads `[node_id, [kind, body]]`. The response shares data's
// memory; its Request is not on the wire. The error wraps ErrMalformed and says
// where data is bad; a message of more than 64 MiB is refused.
func DecodeResponse(data []byte) (*Response, error) {
	return decodeResponse(data, false)
}

// DecodeAddressedResponse reads `[request id, [node_id, [kind, body]]]`, as it is
// sent over Redis; all else is as with DecodeResponse.
func DecodeAddressedResponse(data []byte) (*Response, error) {
	return decodeResponse(data, true)
}

func decodeResponse(data []byte, addressed bool) (*Response, error) {
	r := &reader{b: data}
	if len(data) > MaxMessage {
		r.fail("%d bytes, at most %d are taken", len(data), MaxMessage)
	}
	res := new(Response)
	if addressed {
		r.tuple("addressed response", 2)
		res.Request = r.id("request id")
	}
	r.tuple("response", 2)
	res.Server = r.id("node_id")
	r.tuple("response's type", 2)
	res.Kind = Kind(r.uint("response's kind", uint64(KindSockets)))
	r.body(res)
	if err := r.end(); err != nil {
		return nil, fmt.Errorf("protocol: decode response: %w", err)
	}
	return res, nil
}

func (r *reader) body(res *Response) {
	if r.err != nil {
		return
	}
	switch res.Kind {
	case KindAck:
		res.Ack = r.ack()
	case KindAckCount:
		res.Count = int(r.uint("number of acks", math.MaxUint32))
	case KindRooms:
		res.Rooms = r.strings("rooms")
	case KindSockets:
		res.Sockets = r.sockets()
	}
}

// ack reads `[sid, {"Ok": Value}]` or `[sid, {"Err": E}]`.
func (r *reader) ack() *Ack {
	r.tuple("ack", 2)
	a := &Ack{Socket: r.id("ack's socket")}
	if n := r.mapHeader("ack's result"); r.err == nil && n != 1 {
		r.fail("ack's result has %d members, want 1", n)
	}
	switch name := r.string("ack's result"); {
	case r.err != nil:
	case name == ackOK:
		a.Value = r.value()
	case name == ackErr:
		a.Err = r.ackError()
	default:
		r.fail("ack's result is neither Ok nor Err")
	}
	return a
}

// ackError reads "Timeout" or {"Socket": reason}; what it does not know is
// AckUnknownError.
func (r *reader) ackError() AckError {
	if !isMap(r.peek()) {
		if r.string("ack's error") == ackTimeout {
			return AckTimedOut
		}
		return AckUnknownError
	}
	if n := r.mapHeader("ack's error"); r.err == nil && n != 1 {
		r.fail("ack's error has %d members, want 1", n)
	}
	if r.string("ack's error") != ackSocket {
		r.skip(3)
		return AckUnknownError
	}
	switch r.string("socket's error") {
	case ackSocketClosed:
		return AckSocketClosed
	case ackSocketFull:
		return AckSocketFull
	}
	return AckUnknownError
}

func (r *reader) sockets() []Socket {
	n := r.array("sockets")
	const least = 3 + 2*IDLen // headers and two ids
	if n > r.left()/least {
		r.fail("%d sockets in %d bytes", n, r.left())
	}
	if r.err != nil || n == 0 {
		return nil
	}
	list := make([]Socket, 0, n)
	for range n {
		r.tuple("socket", 3)
		list = append(list, Socket{ID: r.id("socket's id"), Server: r.id("socket's server"), Namespace: r.string("socket's namespace")})
		if r.err != nil {
			return nil
		}
	}
	return list
}

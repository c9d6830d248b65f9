package protocol

import (
	"fmt"
	"strconv"
)

// AppendJSON appends the response without the id of its request, as it is sent over
// PostgreSQL: `{"node_id":…,"type":[kind,body]}`.
func (r *Response) AppendJSON(dst []byte) []byte {
	dst = appendJSONID(append(dst, `{"node_id":`...), &r.Server)
	dst = strconv.AppendUint(append(dst, `,"type":[`...), uint64(r.Kind), 10)
	dst = append(dst, ',')
	switch r.Kind {
	case KindAck:
		dst = r.Ack.appendJSON(dst)
	case KindAckCount:
		dst = strconv.AppendInt(dst, int64(r.Count), 10)
	case KindRooms:
		dst = appendJSONStrings(dst, r.Rooms)
	case KindSockets:
		dst = appendSocketsJSON(dst, r.Sockets)
	default:
		panic(fmt.Sprintf("protocol: append response: unknown kind %d", r.Kind))
	}
	return append(dst, "]}"...)
}

func (a *Ack) appendJSON(dst []byte) []byte {
	dst = appendJSONID(append(dst, '['), &a.Socket)
	if a.Err == AckOK {
		dst = a.Value.appendJSON(append(dst, `,{"`+ackOK+`":`...))
		return append(dst, "}]"...)
	}
	dst = append(dst, `,{"`+ackErr+`":`...)
	switch a.Err {
	case AckTimedOut:
		dst = append(dst, `"`+ackTimeout+`"`...)
	case AckSocketClosed:
		dst = append(dst, `{"`+ackSocket+`":"`+ackSocketClosed+`"}`...)
	case AckSocketFull:
		dst = append(dst, `{"`+ackSocket+`":"`+ackSocketFull+`"}`...)
	default:
		dst = append(dst, `"`+ackUnknownVariant+`"`...)
	}
	return append(dst, "}]"...)
}

func appendSocketsJSON(dst []byte, sockets []Socket) []byte {
	dst = append(dst, '[')
	for i := range sockets {
		s := &sockets[i]
		dst = appendJSONID(append(dst, `{"id":`...), &s.ID)
		dst = appendJSONID(append(dst, `,"server_id":`...), &s.Server)
		dst = appendJSONString(append(dst, `,"ns":`...), s.Namespace)
		dst = append(dst, '}', ',')
	}
	return closeJSONArray(dst)
}

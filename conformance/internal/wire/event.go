// Package wire writes one kind of message by hand: an event of strings and numbers to all sockets of a namespace.
// It shares nothing with the library under test, so that the judge can speak to servers in a voice of its own.
package wire

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
)

// Wire values of socketioxide-core 0.16 to 0.20: packet type Event, broadcast flag, the two kinds of packet data.
const (
	packetEvent   = 2
	flagBroadcast = 2
	commonData    = 0
	msgpackData   = 1
)

// Channel is the Redis channel of all servers of a namespace, or of one server
// (socketioxide-redis, src/lib.rs: get_req_chan).
func Channel(prefix, namespace, server string) string {
	if server == "" {
		return prefix + "-request#" + namespace + "#"
	}
	return prefix + "-request#" + namespace + "#" + server + "#"
}

// Event is a broadcast request in the form that every server version takes: msgpack arrays, text and bytes as bin.
// args are strings and ints from 0 to 2^31-1.
func Event(parser, namespace, name string, args ...any) ([]byte, error) {
	data, err := packetData(parser, append([]any{name}, args...))
	if err != nil {
		return nil, err
	}
	request := []any{
		newID(), newID(), 0,
		[]any{namespace, packetEvent, data, nil, nil},
		nil,
		[]any{flagBroadcast, []any{}, []any{}, nil, nil},
	}
	return appendValue(nil, request)
}

func packetData(parser string, event []any) ([]any, error) {
	switch parser {
	case "common":
		text, err := json.Marshal(event)
		return []any{commonData, text, nil}, err
	case "msgpack":
		b, err := appendValue(nil, event)
		return []any{msgpackData, b, nil}, err
	}
	return nil, fmt.Errorf("unknown parser %q", parser)
}

// newID makes a Uid or Sid: base64url of 12 random bytes.
func newID() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// appendValue writes msgpack; where a length or number allows several forms, one of enough room, not the shortest.
func appendValue(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(b, 0xc0), nil
	case int:
		return binary.BigEndian.AppendUint32(append(b, 0xce), uint32(v)), nil
	case string:
		b = binary.BigEndian.AppendUint32(append(b, 0xdb), uint32(len(v)))
		return append(b, v...), nil
	case []byte:
		b = binary.BigEndian.AppendUint32(append(b, 0xc6), uint32(len(v)))
		return append(b, v...), nil
	case []any:
		b = binary.BigEndian.AppendUint16(append(b, 0xdc), uint16(len(v)))
		for _, item := range v {
			var err error
			if b, err = appendValue(b, item); err != nil {
				return nil, err
			}
		}
		return b, nil
	}
	return nil, fmt.Errorf("the judge writes no %T", v)
}

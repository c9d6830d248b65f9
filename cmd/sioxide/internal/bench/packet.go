package bench

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/vmihailenco/msgpack/v5"

	"github.com/sioxide/emitter"
)

// Types of Socket.IO packets (socket.io-protocol 5).
const (
	packetConnect      = 0
	packetDisconnect   = 1
	packetEvent        = 2
	packetConnectError = 4
)

// packet is a packet of the client's one namespace.
type packet struct {
	kind int
	data []byte // in the parser's form
}

// readText reads TYPE[NAMESPACE,][ID][JSON]. Packets with attachments are of no use
// here and keep their type.
func readText(text []byte) (packet, error) {
	if len(text) == 0 || text[0] < '0' || text[0] > '9' {
		return packet{}, fmt.Errorf("no packet of Socket.IO: %.80q", text)
	}
	p := packet{kind: int(text[0] - '0'), data: text[1:]}
	if len(p.data) > 0 && p.data[0] == '/' {
		_, p.data, _ = bytes.Cut(p.data, []byte(","))
	}
	p.data = bytes.TrimLeft(p.data, "0123456789")
	return p, nil
}

// readMsgpack reads {type, nsp, data}.
func readMsgpack(data []byte) (packet, error) {
	var p struct {
		Type int                `msgpack:"type"`
		Data msgpack.RawMessage `msgpack:"data"`
	}
	if err := msgpack.Unmarshal(data, &p); err != nil {
		return packet{}, fmt.Errorf("no packet of Socket.IO: %w", err)
	}
	return packet{p.Type, p.Data}, nil
}

func (c *conn) decode(data []byte, v any) error {
	if c.parser == emitter.Msgpack {
		return msgpack.Unmarshal(data, v)
	}
	return json.Unmarshal(data, v)
}

// whole returns a number of either parser.
func whole(v any) (int64, bool) {
	switch n := v.(type) {
	case float64:
		return int64(n), true
	case int8:
		return int64(n), true
	case int16:
		return int64(n), true
	case int32:
		return int64(n), true
	case int64:
		return n, true
	case uint8:
		return int64(n), true
	case uint16:
		return int64(n), true
	case uint32:
		return int64(n), true
	case uint64:
		return int64(n), true
	}
	return 0, false
}

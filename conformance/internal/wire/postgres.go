package wire

import (
	"encoding/json"
	"fmt"

	"github.com/zeebo/xxh3"
)

// PostgresChannel is the channel of all servers of a namespace, or of one server
// (socketioxide-postgres, src/lib.rs: get_global_chan, get_node_chan).
func PostgresChannel(prefix, namespace, server string) string {
	name := prefix + "#" + namespace
	if server != "" {
		name = prefix + namespace + server
	}
	return fmt.Sprintf("ch_%x", xxh3.HashString(name))
}

// PostgresEvent is Event as the payload of a notification: JSON, in which bytes are arrays of numbers.
func PostgresEvent(parser, namespace, name string, args ...any) (string, error) {
	data, err := packetData(parser, append([]any{name}, args...))
	if err != nil {
		return "", err
	}
	data[1] = numbers(data[1].([]byte))
	type object map[string]any
	sender := newID()
	payload, err := json.Marshal(object{"Request": object{"node_id": sender, "payload": object{
		"node_id": sender, "id": newID(), "type": 0,
		"packet": object{"ns": namespace, "type": packetEvent, "data": data, "ack": nil, "error": nil},
		"rooms":  nil,
		"opts": object{
			"flags": flagBroadcast, "rooms": []string{}, "except": []string{}, "sid": nil, "server_id": nil,
		},
	}}})
	return string(payload), err
}

// numbers are bytes as JSON and BSON must have them here.
func numbers(b []byte) []int32 {
	out := make([]int32, len(b))
	for i, c := range b {
		out[i] = int32(c)
	}
	return out
}

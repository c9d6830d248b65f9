package pgxdriver

import (
	"strconv"

	"github.com/zeebo/xxh3"
)

// Channel is the name of the channel on which a server takes requests, "" meaning
// the channel of all servers (socketioxide-postgres 0.2.0, src/lib.rs:
// get_global_chan, get_node_chan).
func Channel(prefix, namespace, server string) string {
	if server == "" {
		return hashed(prefix + "#" + namespace)
	}
	return hashed(prefix + namespace + server)
}

// ResponseChannel is the name of the channel on which answers to a node come
// (socketioxide-postgres 0.2.0, src/lib.rs: get_response_chan).
func ResponseChannel(prefix, namespace, node string) string {
	return hashed("response-" + prefix + namespace + node)
}

// hashed keeps a name below the 63 bytes that PostgreSQL takes.
func hashed(name string) string {
	b := make([]byte, 0, len("ch_")+16)
	return string(strconv.AppendUint(append(b, "ch_"...), xxh3.HashString(name), 16))
}

package page

import "encoding/json"

// Result is one line of what comes of an operation. The last line is done or error.
type Result struct {
	Type     string         `json:"type"`            // expected, ack, sockets, rooms, servers, done or error
	Count    int            `json:"count,omitempty"` // of expected: acks; of done: events sent
	Ack      *AckResult     `json:"ack,omitempty"`
	Sockets  []SocketResult `json:"sockets,omitempty"`
	Rooms    []string       `json:"rooms,omitempty"`
	Servers  []ServerResult `json:"servers,omitempty"`
	Micros   int64          `json:"us"` // since the operation began
	Error    string         `json:"error,omitempty"`
	Retry    bool           `json:"retry,omitempty"` // certainly nothing was sent
	Silent   []string       `json:"silent,omitempty"`
	Received int            `json:"received,omitempty"` // of error: acks that came
}

// AckResult is one socket's answer.
type AckResult struct {
	Socket string            `json:"socket"`
	Server string            `json:"server"`
	Args   []json.RawMessage `json:"args,omitempty"` // in outbox's form: a binary is {"$bin": base64}
	Error  string            `json:"error,omitempty"`
}

// SocketResult is one socket of a list.
type SocketResult struct {
	ID        string `json:"id"`
	Server    string `json:"server"`
	Namespace string `json:"ns"`
}

// ServerResult is one server of a list.
type ServerResult struct {
	ID     string `json:"id"`
	Micros int64  `json:"us"` // round trip
}

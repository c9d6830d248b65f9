package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// order is the struct of ten fields.
type order struct {
	ID       int64     `json:"id"`
	Customer string    `json:"customer"`
	Email    string    `json:"email"`
	Items    []string  `json:"items"`
	Total    float64   `json:"total"`
	Currency string    `json:"currency"`
	Quantity uint32    `json:"quantity"`
	Paid     bool      `json:"paid"`
	Placed   time.Time `json:"placed"`
	Note     string    `json:"note,omitempty"`
}

// subject is a value to emit.
type subject struct {
	name  string
	value any
	text  []byte // what memcpy copies: the value's bytes, or its JSON
	aims  map[emitter.Parser][]aim
}

// aim is a bound on the cost of an emit, as a multiple of what it stands beside, or
// in ns.
type aim struct {
	beside string
	most   float64
}

// What stands beside an emit.
const (
	toCopy  = "memcpy"
	toJSON  = "json"       // encoding/json of the value
	toEvent = "event json" // encoding/json of ["event", value]
	inTime  = "ns"
)

func both(a ...aim) map[emitter.Parser][]aim {
	return map[emitter.Parser][]aim{emitter.Common: a, emitter.Msgpack: a}
}

func subjects() []subject {
	text := func(n int) string { return strings.Repeat("0123456789abcdef", n/16) }
	o := &order{4711, "Ada Lovelace", "ada@example.org", []string{"gear", "lever"}, 98.6, "GBP", 12, true,
		time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), "by the back door"}
	all := []subject{
		// A value so short costs less than what is around it: the aim is a time, set on a
		// machine on which encoding/json took 250 ns.
		{name: "string, 16 B", value: text(16), aims: both(aim{inTime, 150})},
		{name: "string, 1 KiB", value: text(1 << 10)},
		{name: "string, 64 KiB", value: text(64 << 10), aims: both(aim{toCopy, 10})},
		{name: "*struct, 10 fields", value: o, aims: map[emitter.Parser][]aim{
			emitter.Common: {{toJSON, 1.3}}, emitter.Msgpack: {{toJSON, 1.8}}}},
		{name: "[]byte, 1 KiB", value: []byte(text(1 << 10))},
		{name: "[]byte, 64 KiB", value: []byte(text(64 << 10)), aims: both(aim{toCopy, 2})},
	}
	for i := range all {
		all[i].text = content(all[i].value)
	}
	return all
}

func content(v any) []byte {
	switch v := v.(type) {
	case string:
		return []byte(v)
	case []byte:
		return bytes.Clone(v)
	}
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // a value of ours
	}
	return text
}

// discard is a driver that encodes every request into the same buffer.
type discard struct{ buf []byte }

func (d *discard) Send(_ context.Context, req *protocol.Request) (int, error) {
	d.buf = req.AppendMsgpack(d.buf[:0])
	return -1, nil
}

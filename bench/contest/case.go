// Package contest drives contestants, each a process of its own that does a case so
// often as it is told, and compares what they took: round after round, one after the
// other, so that what else the machine does disturbs all of them alike.
package contest

import "math"

// Case is what a contestant does N times. It goes to its standard input as a line of
// JSON, of which a contestant reads what it needs.
type Case struct {
	Op     string `json:"op"`                // what is done; contestants say which they know
	Kind   string `json:"kind,omitempty"`    // of the value: text, bytes, struct, map
	Value  any    `json:"value,omitempty"`   // its JSON; of bytes how many
	Parser string `json:"parser,omitempty"`  // common or msgpack
	Rooms  int    `json:"rooms,omitempty"`   // how many are selected; 0 is 1
	AtOnce int    `json:"at_once,omitempty"` // goroutines, tasks; 0 is 1
	Batch  int    `json:"batch,omitempty"`   // emits of a batch; 0 is none

	Addrs   []string `json:"addrs,omitempty"`   // of Redis, a cluster's if more than one; of Kafka
	Sharded bool     `json:"sharded,omitempty"` // SPUBLISH instead of PUBLISH
	URL     string   `json:"url,omitempty"`     // of PostgreSQL, MongoDB or NATS
	Size    int      `json:"size,omitempty"`    // bytes of a message, for what sends any

	N int `json:"n"`
}

// Rest is the operation that does nothing but collect what earlier ones have left.
const Rest = "rest"

// Of returns the case for another operation.
func (c Case) Of(op string) Case {
	c.Op = op
	return c
}

// Sample is what N times took.
type Sample struct {
	NS     float64 `json:"ns"`
	CPUNS  float64 `json:"cpu_ns"` // processor time of the contestant's process
	Allocs float64 `json:"allocs"`
	Bytes  int     `json:"bytes"` // of one message on the wire; 0 where there is none
	Peak   int64   `json:"peak"`  // bytes of memory that the process has had at most
	Alive  int64   `json:"alive"` // bytes of heap and stacks; after Rest what is still referred to
	Error  string  `json:"error"`
}

// each returns what one time took. Of allocations it drops the fraction, as
// testing.AllocsPerRun does: those are the runtime's own.
func (s Sample) each(n int) Sample {
	s.NS /= float64(n)
	s.CPUNS /= float64(n)
	s.Allocs = math.Floor(s.Allocs / float64(n))
	return s
}

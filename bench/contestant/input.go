package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/bench/contest"
)

// input is a case whose value is read by its kind.
type input struct {
	contest.Case
	Value json.RawMessage `json:"value"`
}

// order is the struct of ten fields.
type order struct {
	ID       int64    `json:"id"`
	Customer string   `json:"customer"`
	Email    string   `json:"email"`
	Items    []string `json:"items"`
	Total    float64  `json:"total"`
	Currency string   `json:"currency"`
	Quantity uint32   `json:"quantity"`
	Paid     bool     `json:"paid"`
	Placed   int64    `json:"placed"`
	Note     string   `json:"note"`
}

func (in input) value() (any, error) {
	switch in.Kind {
	case "text":
		return read[string](in.Value)
	case "bytes":
		n, err := read[int](in.Value)
		return bytes.Repeat([]byte("x"), n), err
	case "struct":
		return read[*order](in.Value)
	case "map":
		return read[map[string]any](in.Value)
	}
	return nil, fmt.Errorf("no value of kind %q", in.Kind)
}

func read[T any](raw json.RawMessage) (v T, err error) {
	if err := json.Unmarshal(raw, &v); err != nil {
		return v, fmt.Errorf("read the value of a case: %w", err)
	}
	return v, nil
}

// text is the value as bytes, of which a limit is made.
func (in input) text() ([]byte, error) {
	v, err := in.value()
	if err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case string:
		return []byte(v), nil
	case []byte:
		return v, nil
	}
	return json.Marshal(v)
}

// emitter makes the emitter of a case, with its selection.
func (in input) emitter(d emitter.Driver) emitter.Emitter {
	parser := emitter.Common
	if in.Parser == emitter.Msgpack.String() {
		parser = emitter.Msgpack
	}
	io := emitter.New(d, emitter.WithParser(parser), emitter.WithMaxMessage(64<<20))
	if in.Rooms <= 1 {
		return io.To("room")
	}
	rooms := make([]string, in.Rooms)
	for i := range rooms {
		rooms[i] = "room-" + strconv.Itoa(i)
	}
	return io.To(rooms...)
}

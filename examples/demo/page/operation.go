package page

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/outbox"
)

// Operation is what the page's form asks for.
type Operation struct {
	Op           string            `json:"op"`      // a key of operations
	Cluster      string            `json:"cluster"` // common or msgpack
	Namespace    string            `json:"ns"`
	To           []string          `json:"to"`
	Except       []string          `json:"except"`
	Socket       string            `json:"socket"`
	ExceptSocket string            `json:"except_socket"`
	Server       string            `json:"server"`
	Volatile     bool              `json:"volatile"`
	Timeout      int               `json:"timeout"` // milliseconds; 0 is the emitter's default
	Event        string            `json:"event"`
	Args         []json.RawMessage `json:"args"` // in outbox's form: a binary is {"$bin": base64}
	Rooms        []string          `json:"rooms"`
	Batch        Batch             `json:"batch"`
	Own          bool              `json:"own"` // the page asks for itself

	values []any // Args, as they are emitted
}

// Batch says how a burst is sent.
type Batch struct {
	Count  int    `json:"count"`  // events; each gets its number as its last argument
	Mode   string `json:"mode"`   // plain, window, acked or rate
	Window int    `json:"window"` // events of a window, 0 is the driver's own
	Rate   int    `json:"rate"`   // events a second
}

// What one operation may be.
const (
	maxBody   = 1 << 20 // bytes
	maxEvents = 10_000  // of a batch
)

// readOperation takes one JSON object and nothing that it does not know.
func readOperation(r io.Reader) (*Operation, error) {
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	op := new(Operation)
	if err := dec.Decode(op); err != nil {
		return nil, fmt.Errorf("read the operation: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read the operation: there is more than one JSON object")
	}
	if operations[op.Op] == nil {
		return nil, fmt.Errorf("%.100q is no operation", op.Op)
	}
	var err error
	if op.values, err = (&outbox.Operation{Args: op.Args}).Values(); err != nil {
		return nil, fmt.Errorf("read the operation: %w", err)
	}
	return op, nil
}

// address applies the selection to e.
func (op *Operation) address(e emitter.Emitter) emitter.Emitter {
	e = e.Of(op.Namespace)
	if len(op.To) > 0 {
		e = e.To(op.To...)
	}
	if op.Socket != "" {
		e = e.ToSocket(op.Socket)
	}
	if op.ExceptSocket != "" {
		e = e.ExceptSocket(op.ExceptSocket)
	}
	if op.Server != "" {
		e = e.ToServer(op.Server)
	}
	if op.Volatile {
		e = e.Volatile()
	}
	if op.Timeout > 0 {
		e = e.Timeout(time.Duration(op.Timeout) * time.Millisecond)
	}
	return e.Except(op.Except...)
}

// options turns the burst's way into what NewBatch takes.
func (b *Batch) options() ([]emitter.BatchOption, error) {
	if b.Count < 1 || b.Count > maxEvents {
		return nil, fmt.Errorf("a batch here has 1 to %d events, not %d", maxEvents, b.Count)
	}
	switch b.Mode {
	case "plain":
		return nil, nil
	case "window":
		return []emitter.BatchOption{emitter.Window(b.Window)}, nil
	case "acked":
		return []emitter.BatchOption{emitter.Acked()}, nil
	case "rate":
		return []emitter.BatchOption{emitter.Rate(float64(b.Rate))}, nil
	}
	return nil, fmt.Errorf("%.100q is no way to send a batch: use plain, window, acked or rate", b.Mode)
}

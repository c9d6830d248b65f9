package page

import (
	"context"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/outbox"
)

// operations do what they are named for and tell what comes of it.
var operations = map[string]func(ctx context.Context, c *call) error{
	"emit":       emit,
	"ask":        ask,
	"join":       func(ctx context.Context, c *call) error { return c.io.Join(ctx, c.op.Rooms...) },
	"leave":      func(ctx context.Context, c *call) error { return c.io.Leave(ctx, c.op.Rooms...) },
	"disconnect": func(ctx context.Context, c *call) error { return c.io.Disconnect(ctx) },
	"sockets":    sockets,
	"rooms":      rooms,
	"servers":    servers,
	"sync":       func(ctx context.Context, c *call) error { return c.io.Sync(ctx) },
	"batch":      batch,
}

func emit(ctx context.Context, c *call) error {
	c.done.Count = 1
	return c.io.Emit(ctx, c.op.Event, c.op.values...)
}

func ask(ctx context.Context, c *call) error {
	acks, err := c.io.EmitWithAck(ctx, c.op.Event, c.op.values...)
	if err != nil {
		return err
	}
	defer func() { c.done.Silent, c.done.Received = acks.Silent(), acks.Received() }()
	known := 0
	for ack, err := range acks.All() {
		if err != nil {
			return err
		}
		if n := acks.Expected(); n != known {
			known = n
			c.tell(Result{Type: "expected", Count: n})
		}
		if c.tell(Result{Type: "ack", Ack: ackResult(&ack)}); c.err != nil {
			return c.err
		}
	}
	return nil
}

// maxAckArgs is how many arguments of an answer are shown.
const maxAckArgs = 8

func ackResult(ack *emitter.Ack) *AckResult {
	r := &AckResult{Socket: ack.Socket, Server: ack.Server}
	if ack.Err != nil {
		r.Error = ack.Err.Error()
		return r
	}
	// How many arguments an Ack has shows only when they are decoded.
	var args []any
	for n := 1; n <= maxAckArgs; n++ {
		some, into := make([]any, n), make([]any, n)
		for i := range some {
			into[i] = &some[i]
		}
		if ack.Decode(into...) != nil {
			break
		}
		args = some
	}
	var err error
	if r.Args, err = outbox.NewArgs(args...); err != nil {
		r.Error = err.Error()
	}
	return r
}

func sockets(ctx context.Context, c *call) error {
	found, err := c.io.Sockets(ctx)
	if err != nil {
		return err
	}
	list := make([]SocketResult, len(found))
	for i, s := range found {
		list[i] = SocketResult{ID: s.ID, Server: s.Server, Namespace: s.Namespace}
	}
	c.tell(Result{Type: "sockets", Sockets: list})
	return nil
}

func rooms(ctx context.Context, c *call) error {
	found, err := c.io.Rooms(ctx)
	if err == nil {
		c.tell(Result{Type: "rooms", Rooms: found})
	}
	return err
}

func servers(ctx context.Context, c *call) error {
	found, err := c.io.Servers(ctx)
	if err != nil {
		return err
	}
	list := make([]ServerResult, len(found))
	for i, s := range found {
		list[i] = ServerResult{ID: s.ID, Micros: s.RTT.Microseconds()}
	}
	c.tell(Result{Type: "servers", Servers: list})
	return nil
}

func batch(ctx context.Context, c *call) error {
	opts, err := c.op.Batch.options()
	if err != nil {
		return emitter.NotSent(err)
	}
	b := emitter.NewBatch(c.driver, opts...)
	io, args := c.io.Via(b), make([]any, len(c.op.values)+1)
	copy(args, c.op.values)
	for i := range c.op.Batch.Count {
		args[len(args)-1] = i
		if err := io.Emit(ctx, c.op.Event, args...); err != nil {
			return err
		}
	}
	c.done.Count = c.op.Batch.Count
	return b.Flush(ctx)
}

package tour

import (
	"context"

	"github.com/sioxide/emitter"
)

func (t *Tour) refusals() chapter {
	io, strict, driver := t.io, t.strict, t.driver
	return chapter{title: "Refused, and nothing is sent", file: "steps_refusals.go", steps: []step{
		{
			do:    func(ctx context.Context) error { return strict.Of("/empty").Emit(ctx, "hello") },
			fails: is(emitter.ErrNoServers),
		},
		{
			ask:   func(ctx context.Context) (any, error) { return io.Of("/empty").Sockets(ctx) },
			fails: is(emitter.ErrNoServers),
			note:  "what asks needs somebody to answer",
		},
		{
			do:    func(ctx context.Context) error { return io.ToSocket("nobody-has-it-_0").Join(ctx, "vip") },
			fails: is(emitter.ErrSocketClosed),
		},
		{
			ask:   func(ctx context.Context) (any, error) { return io.Via(emitter.NewBatch(driver)).Rooms(ctx) },
			fails: is(emitter.ErrUnsupported),
		},
		{
			do:    func(ctx context.Context) error { return io.To().Emit(ctx, "hello") },
			fails: is(emitter.ErrSelection),
			note:  "an empty list never becomes everybody",
		},
		{
			do:    func(ctx context.Context) error { return io.Emit(ctx, "disconnect") },
			fails: is(emitter.ErrReservedEvent),
		},
		{
			do:    func(ctx context.Context) error { return io.ToSocket("ann").Emit(ctx, "hello") },
			fails: is(emitter.ErrID),
		},
		{
			do: func(ctx context.Context) error {
				return io.Emit(ctx, "hello", map[string]any{"when": []any{1, func() {}}})
			},
			fails: isArgument,
		},
	}}
}

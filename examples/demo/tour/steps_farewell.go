package tour

import (
	"context"

	"github.com/sioxide/emitter/examples/demo/client"
)

// farewell comes last: it empties the stage.
func (t *Tour) farewell() chapter {
	io, packed, dot := t.io, t.packed, t.cast.dot
	gone := []client.Event{disconnected}
	return chapter{title: "Disconnecting", file: "steps_farewell.go", steps: []step{
		{
			do:   func(ctx context.Context) error { return io.Of("/admin").To("ops").Disconnect(ctx) },
			want: got{"cid/admin": gone},
			note: "cid's connection goes on in /",
		},
		{
			do:   func(ctx context.Context) error { return io.ToSocket(dot.ID).Disconnect(ctx) },
			want: got{"dot": gone},
		},
		{
			do: func(ctx context.Context) error {
				if err := io.To("news").Except("sport").Disconnect(ctx); err != nil {
					return err
				}
				return io.Emit(ctx, "still", "here")
			},
			want: got{"ann": gone, "bob cid": {say("still", "here")}},
		},
		{
			do:   func(ctx context.Context) error { return io.Disconnect(ctx) },
			want: got{"bob cid": gone},
		},
		{
			do:   func(ctx context.Context) error { return packed.Disconnect(ctx) },
			want: got{"gil hal": gone},
		},
	}}
}

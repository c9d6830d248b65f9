package tour

import "context"

func (t *Tour) moves() chapter {
	io, cid, A := t.io, t.cast.cid, t.stage.Common[0]
	return chapter{title: "Moving sockets between rooms", file: "steps_moves.go", steps: []step{
		{
			do: func(ctx context.Context) error {
				if err := io.To("news").Join(ctx, "vip", "gold"); err != nil {
					return err
				}
				return io.To("vip").Emit(ctx, "welcome")
			},
			want: got{"ann bob": {say("welcome")}},
		},
		{
			do: func(ctx context.Context) error {
				if err := io.To("sport").Leave(ctx, "vip"); err != nil {
					return err
				}
				return io.To("vip").Emit(ctx, "welcome")
			},
			want: got{"ann": {say("welcome")}},
			note: "bob was in sport",
		},
		{
			do: func(ctx context.Context) error {
				if err := io.ToServer(A.ID()).ToSocket(cid.ID).Join(ctx, "vip"); err != nil {
					return err
				}
				return io.ToServer(A.ID()).To("vip").Emit(ctx, "welcome")
			},
			want: got{"ann cid": {say("welcome")}},
			note: "one socket, on the server that it is connected to",
		},
		{
			do: func(ctx context.Context) error {
				if err := io.Leave(ctx, "vip", "gold"); err != nil {
					return err
				}
				return io.To("vip", "gold").Emit(ctx, "welcome")
			},
			want: got{},
			note: "everybody has left",
		},
	}}
}

package tour

import "context"

func (t *Tour) members() chapter {
	io, packed, dot, A := t.io, t.packed, t.cast.dot, t.stage.Common[0]
	return chapter{title: "Asking servers", file: "steps_members.go", steps: []step{
		{
			ask:    func(ctx context.Context) (any, error) { return io.Sockets(ctx) },
			answer: "ann on A · bob on B · cid on A · dot on B",
		},
		{
			ask:    func(ctx context.Context) (any, error) { return io.To("sport").Except("news").Sockets(ctx) },
			answer: "cid on A",
		},
		{
			ask:    func(ctx context.Context) (any, error) { return io.Of("/admin").Sockets(ctx) },
			answer: "cid/admin on A · eve on B",
		},
		{
			ask:    func(ctx context.Context) (any, error) { return io.Rooms(ctx) },
			answer: "news · sport · user:42",
		},
		{
			ask:    func(ctx context.Context) (any, error) { return io.ToSocket(dot.ID).Rooms(ctx) },
			answer: "user:42",
		},
		{
			ask:    func(ctx context.Context) (any, error) { return io.Servers(ctx) },
			answer: "A · B",
		},
		{
			ask:    func(ctx context.Context) (any, error) { return packed.Servers(ctx) },
			answer: "C · D",
		},
		{
			do: func(ctx context.Context) error {
				sockets, err := io.To("news").Sockets(ctx)
				if err != nil {
					return err
				}
				for _, socket := range sockets {
					if err := socket.Join(ctx, "vip"); err != nil {
						return err
					}
					if err := socket.Emit(ctx, "welcome", socket.ID); err != nil {
						return err
					}
				}
				return nil
			},
			want: got{"ann": {say("welcome", t.cast.ann.ID)}, "bob": {say("welcome", t.cast.bob.ID)}},
			note: "each by the channel of its own server alone",
		},
		{
			ask: func(ctx context.Context) (any, error) {
				sockets, err := io.To("sport").Except("vip").Sockets(ctx)
				if err != nil {
					return nil, err
				}
				return sockets[0].EmitWithAck(ctx, "lunch?", "12:30")
			},
			want:   got{"cid": {say("lunch?", "12:30")}},
			answer: `cid "yes"`,
		},
		{
			ask: func(ctx context.Context) (any, error) {
				if err := io.ToSocket(dot.ID).Join(ctx, "box"); err != nil {
					return nil, err
				}
				return io.ToServer(A.ID()).To("box").Rooms(ctx)
			},
			answer: "none",
			note:   "Join asked for dot's server, B, first, so that A keeps nothing of it",
		},
		{
			do: func(ctx context.Context) error {
				if err := io.Sync(ctx); err != nil {
					return err
				}
				return io.To("vip", "box").Emit(ctx, "curtain")
			},
			want: got{"ann bob dot": {say("curtain")}},
			note: "Sync: every server has handled all that was sent before, by any channel",
		},
		{
			do: func(ctx context.Context) error { return io.Leave(ctx, "vip", "box") },
		},
	}}
}

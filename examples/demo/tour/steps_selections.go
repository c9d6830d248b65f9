package tour

import "context"

func (t *Tour) selections() chapter {
	io, ann, A, B := t.io, t.cast.ann, t.stage.Common[0], t.stage.Common[1]
	return chapter{title: "Whom it reaches", file: "steps_selections.go", steps: []step{
		{
			do:   func(ctx context.Context) error { return io.To("news").Emit(ctx, "headline", "rain") },
			want: got{"ann bob": {say("headline", "rain")}},
		},
		{
			do:   func(ctx context.Context) error { return io.To("news", "sport").Emit(ctx, "headline", "rain") },
			want: got{"ann bob cid": {say("headline", "rain")}},
			note: "bob is in both rooms and hears it once",
		},
		{
			do:   func(ctx context.Context) error { return io.In("news").Within("sport").Emit(ctx, "headline", "rain") },
			want: got{"ann bob cid": {say("headline", "rain")}},
			note: "In and Within are To; calls add up",
		},
		{
			do:   func(ctx context.Context) error { return io.Except("news").Emit(ctx, "headline", "rain") },
			want: got{"cid dot": {say("headline", "rain")}},
		},
		{
			do:   func(ctx context.Context) error { return io.To("news").Except("sport").Emit(ctx, "headline", "rain") },
			want: got{"ann": {say("headline", "rain")}},
		},
		{
			do:   func(ctx context.Context) error { return io.ToSocket(ann.ID).Emit(ctx, "hint", "only you") },
			want: got{"ann": {say("hint", "only you")}},
		},
		{
			do:   func(ctx context.Context) error { return io.ExceptSocket(ann.ID).Emit(ctx, "hint", "not ann") },
			want: got{"bob cid dot": {say("hint", "not ann")}},
		},
		{
			do: func(ctx context.Context) error {
				return io.To("news").ExceptSocket(ann.ID).Emit(ctx, "hint", "not ann")
			},
			want: got{"bob": {say("hint", "not ann")}},
		},
		{
			do:   func(ctx context.Context) error { return io.ToServer(A.ID()).Emit(ctx, "drain", "in 5 min") },
			want: got{"ann cid": {say("drain", "in 5 min")}},
		},
		{
			do:   func(ctx context.Context) error { return io.ToServer(B.ID()).To("news").Emit(ctx, "drain", "in 5 min") },
			want: got{"bob": {say("drain", "in 5 min")}},
		},
		{
			do:   func(ctx context.Context) error { return io.Of("/admin").Emit(ctx, "load", 0.7) },
			want: got{"cid/admin eve": {say("load", 0.7)}},
		},
		{
			do:   func(ctx context.Context) error { return io.Of("admin").To("ops").Emit(ctx, "load", 0.7) },
			want: got{"cid/admin": {say("load", 0.7)}},
			note: "a missing slash is added",
		},
		{
			do:   func(ctx context.Context) error { return io.Prefix("other").Emit(ctx, "hello", "world") },
			want: got{},
			note: "no cluster has this prefix",
		},
		{
			do:   func(ctx context.Context) error { return io.To("nobody-is-here").Emit(ctx, "hello", "world") },
			want: got{},
		},
	}}
}

package tour

import "context"

func (t *Tour) ways() chapter {
	io, fast, strict, once := t.io, t.fast, t.strict, t.once
	const all = "ann bob cid dot"
	return chapter{title: "Other ways to send", file: "steps_ways.go", steps: []step{
		{
			do: func(ctx context.Context) error {
				p, err := io.Prepare("headline", "sun")
				if err != nil {
					return err
				}
				for _, room := range []string{"news", "sport"} {
					if err := io.To(room).EmitPrepared(ctx, p); err != nil {
						return err
					}
				}
				return nil
			},
			want: got{"ann cid": {say("headline", "sun")}, "bob": {say("headline", "sun"), say("headline", "sun")}},
			note: "encoded once; bob is in both rooms",
		},
		{
			do:   func(ctx context.Context) error { return io.Via(fast).To("news").Emit(ctx, "headline", "snow") },
			want: got{"ann bob": {say("headline", "snow")}},
			note: "the same emitter through rueidis instead of go-redis",
		},
		{
			do:   func(ctx context.Context) error { return strict.Emit(ctx, "hello", "world") },
			want: got{all: {say("hello", "world")}},
			note: "strict: New with RequireServers()",
		},
		{
			do:   func(ctx context.Context) error { return once.To("news", "sport").Emit(ctx, "headline", "hail") },
			want: got{"ann bob cid": {say("headline", "hail")}},
			note: "once: New with OncePerSocket(), for servers before core 0.20",
		},
	}}
}

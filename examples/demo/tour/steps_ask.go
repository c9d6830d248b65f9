package tour

import (
	"context"
	"time"

	"github.com/sioxide/emitter"
)

func (t *Tour) asks() chapter {
	io, packed, fast, cid := t.io, t.packed, t.fast, t.cast.cid
	lunch := say("lunch?", "12:30")
	return chapter{title: "Asking clients", file: "steps_ask.go", steps: []step{
		{
			ask:    func(ctx context.Context) (any, error) { return io.To("news").EmitWithAck(ctx, "lunch?", "12:30") },
			want:   got{"ann bob": {lunch}},
			answer: `ann "yes" · bob "no"`,
			note:   "on two servers; the answers come as a stream",
		},
		{
			ask: func(ctx context.Context) (any, error) {
				acks, err := io.To("news", "sport").EmitWithAck(ctx, "lunch?", "12:30")
				if err != nil {
					return nil, err
				}
				votes := map[string]int{}
				for ack, err := range acks.All() {
					if err != nil {
						return nil, err
					}
					vote, err := emitter.AckArg[string](ack)
					if err != nil {
						return nil, err
					}
					votes[vote]++
				}
				return votes, nil
			},
			want:   got{"ann bob cid": {lunch}},
			answer: `{"no":1,"yes":2}`,
			note:   "votes",
		},
		{
			ask: func(ctx context.Context) (any, error) {
				acks, err := io.ToSocket(cid.ID).EmitWithAck(ctx, "lunch?", "12:30")
				if err != nil {
					return nil, err
				}
				ack, err := acks.First()
				if err != nil {
					return nil, err
				}
				return emitter.AckArg[string](ack)
			},
			want:   got{"cid": {lunch}},
			answer: `"yes"`,
		},
		{
			ask:    func(ctx context.Context) (any, error) { return io.To("news").EmitWithAck(ctx, "photo?") },
			want:   got{"ann bob": {say("photo?")}},
			answer: `ann {of: "ann", pixels: <61 6e 6e>} · bob {of: "bob", pixels: <62 6f 62>}`,
			note:   "binaries come back too",
		},
		{
			ask:    func(ctx context.Context) (any, error) { return packed.EmitWithAck(ctx, "photo?") },
			want:   got{"gil hal": {say("photo?")}},
			answer: `gil {of: "gil", pixels: <67 69 6c>} · hal {of: "hal", pixels: <68 61 6c>}`,
		},
		{
			ask: func(ctx context.Context) (any, error) {
				return io.Timeout(500*time.Millisecond).EmitWithAck(ctx, "lunch?", "12:30")
			},
			want:   got{"ann bob cid dot": {lunch}},
			answer: `ann "yes" · bob "no" · cid "yes" · dot (the client did not answer in time)`,
			note:   "dot never answers",
		},
		{
			ask: func(ctx context.Context) (any, error) {
				return io.Via(fast).To("sport").EmitWithAck(ctx, "lunch?", "12:30")
			},
			want:   got{"bob cid": {lunch}},
			answer: `bob "no" · cid "yes"`,
			note:   "through rueidis",
		},
		{
			ask: func(ctx context.Context) (any, error) {
				return io.To("nobody-is-here").EmitWithAck(ctx, "lunch?", "12:30")
			},
			answer: "none",
			note:   "the servers say so at once",
		},
	}}
}

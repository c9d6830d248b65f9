package tour

import (
	"context"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/examples/demo/client"
)

func (t *Tour) batches() chapter {
	io, driver := t.io, t.driver
	return chapter{title: "Many at once", file: "steps_batches.go", steps: []step{
		{
			do: func(ctx context.Context) error {
				batch := emitter.NewBatch(driver)
				for _, title := range []string{"sun", "rain", "snow"} {
					if err := io.Via(batch).To("news").Emit(ctx, "headline", title); err != nil {
						return err
					}
				}
				return batch.Flush(ctx)
			},
			want: got{"ann bob": {say("headline", "sun"), say("headline", "rain"), say("headline", "snow")}},
			note: "one round trip",
		},
		{
			do: func(ctx context.Context) error {
				batch := emitter.NewBatch(driver, emitter.Window(20))
				for i := range 100 {
					if err := io.Via(batch).To("sport").Emit(ctx, "price", i); err != nil {
						return err
					}
				}
				return batch.Flush(ctx)
			},
			want: got{"bob cid": prices(100)},
			note: "after every 20 the servers are asked whether they have taken them",
		},
		{
			do: func(ctx context.Context) error {
				batch := emitter.NewBatch(driver, emitter.Acked())
				for i := range 1000 {
					if err := io.Via(batch).To("sport").Emit(ctx, "price", i); err != nil {
						return err
					}
				}
				return batch.Flush(ctx)
			},
			want: got{"bob cid": prices(1000)},
			note: "the clients acknowledge every 100th",
		},
	}}
}

// prices are the first n events that a burst sends.
func prices(n int) []client.Event {
	events := make([]client.Event, n)
	for i := range events {
		events[i] = say("price", float64(i))
	}
	return events
}

package tour

import (
	"context"
	"errors"
	"sync"

	"github.com/sioxide/emitter/examples/demo/client"
)

// Watch lets everybody in again and prints what they receive until ctx ends. A
// client that is disconnected comes back at once, with its first rooms and a new id.
func (t *Tour) Watch(ctx context.Context) error {
	if err := t.cast.connect(ctx); err != nil {
		return err
	}
	for _, e := range t.cast.all() {
		t.print.Printf("  %s %s\n", t.print.who(e.name), t.print.paint(dim, "socket "+e.ID))
	}
	var ears sync.WaitGroup
	for _, e := range t.cast.all() {
		ears.Go(func() { t.watch(ctx, e) })
	}
	ears.Wait()
	return nil
}

func (t *Tour) watch(ctx context.Context, e *ear) {
	for {
		ev, err := e.sock.Next(ctx)
		switch {
		case err == nil:
			t.print.Printf("  %s %s\n", t.print.who(e.name), showEvent(ev))
		case errors.Is(err, client.ErrDisconnected):
			e.gone = true
			if err := e.connect(ctx); err != nil {
				t.print.Printf("  %s %v\n", t.print.who(e.name), err)
				return
			}
			t.print.Printf("  %s disconnected; back as socket %s\n", t.print.who(e.name), e.ID)
		case ctx.Err() != nil:
			return
		default:
			t.print.Printf("  %s %v\n", t.print.who(e.name), err)
			return
		}
	}
}

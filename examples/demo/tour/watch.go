package tour

import (
	"context"
	"errors"
	"sync"
	"time"

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
		events, err := gather(ctx, e.sock)
		if len(events) > 0 {
			t.print.Printf("  %s %s\n", t.print.who(e.name), showAll(events))
		}
		switch {
		case err == nil:
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

// burst is how long events are gathered that share a line.
const burst = 50 * time.Millisecond

// gather waits for an event and returns it with those that follow at once, so that
// a burst of thousands does not fill the screen.
func gather(ctx context.Context, s *client.Socket) ([]client.Event, error) {
	ev, err := s.Next(ctx)
	if err != nil {
		return nil, err
	}
	events := []client.Event{ev}
	soon, cancel := context.WithTimeout(ctx, burst)
	defer cancel()
	for {
		ev, err := s.Next(soon)
		switch {
		case err == nil:
			events = append(events, ev)
		case soon.Err() != nil && errors.Is(err, soon.Err()):
			return events, nil
		default:
			return events, err
		}
	}
}

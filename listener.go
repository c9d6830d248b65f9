package emitter

import (
	"context"
	"reflect"

	"github.com/sioxide/emitter/protocol"
)

// Listener is a Driver that brings answers back.
type Listener interface {
	Driver

	// Listen returns once no answer to req.ID can be missed, and gives each to sink
	// until stop is called. The subscription for (prefix, namespace, node) is shared
	// by all questions. sink never blocks, may run before Send returns, and may run
	// once more after stop. When the driver is closed, sink gets a response of
	// protocol.KindClosed.
	Listen(ctx context.Context, req *protocol.Request, sink func(protocol.Response)) (stop func(), err error)
}

// Windower tells how much a server's channel holds; for a driver without it a
// Batch's window is 20 events and 4 MiB.
type Windower interface{ Window() (events, bytes int) }

// Rosterer is a Listener whose backend can't count its servers. The first question
// through it waits for a second, and for every server heard of until then; who answers
// is in the Roster from there on, and later questions wait for every server of it. The
// driver's Send returns the Roster's Len for a question, -1 while that is 0, and 0 only
// where the backend has said that nobody listens.
type Rosterer interface {
	Listener

	// Roster returns the servers heard of in a namespace, always the same Roster. The
	// driver adds what it hears beside answers; the core adds those who answer.
	Roster(prefix, namespace string) *Roster
}

// route is a driver with what New and Via found out about it.
type route struct {
	driver   Driver
	listener Listener // nil: it can't bring answers back
	rosterer Rosterer // nil: servers are counted by number
	batch    *Batch   // nil: what is sent is not kept for later
	base     Driver   // the innermost driver, by which the tracker knows it; nil: not tracked
}

func newRoute(d Driver) *route {
	if d == nil {
		return nil
	}
	r := &route{driver: d}
	r.batch, _ = driverAs[*Batch](d)
	if l, ok := driverAs[Listener](d); ok {
		r.listener, r.base = l, innermost(d)
		r.rosterer, _ = driverAs[Rosterer](d)
	}
	return r
}

// innermost follows Unwrap to the end. A driver whose type can't be compared has
// no place in the tracker.
func innermost(d Driver) Driver {
	for {
		w, ok := d.(unwrapper)
		if !ok {
			break
		}
		next := w.Unwrap()
		if next == nil {
			break
		}
		d = next
	}
	if !reflect.TypeOf(d).Comparable() {
		return nil
	}
	return d
}

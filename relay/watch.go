package relay

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// watcher is a driver that notes how many servers heard what counts them: the probes
// that travel behind events tell how many of them had the events.
type watcher struct {
	emitter.Driver
	mu    sync.Mutex
	fewer map[place]int // the fewest since the last take
}

// bulkWatcher is a watcher of a BulkDriver.
type bulkWatcher struct {
	*watcher
	bulk emitter.BulkDriver
}

func watch(d emitter.Driver) (emitter.Driver, *watcher) {
	w := &watcher{Driver: d, fewer: make(map[place]int)}
	for inner := d; inner != nil; {
		if b, ok := inner.(emitter.BulkDriver); ok {
			return &bulkWatcher{w, b}, w
		}
		u, ok := inner.(interface{ Unwrap() emitter.Driver })
		if !ok {
			break
		}
		inner = u.Unwrap()
	}
	return w, w
}

// Unwrap returns the driver.
func (w *watcher) Unwrap() emitter.Driver { return w.Driver }

func (w *watcher) Send(ctx context.Context, req *protocol.Request) (int, error) {
	n, err := w.Driver.Send(ctx, req)
	w.note(req, n, err)
	return n, err
}

func (w *bulkWatcher) SendAll(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) error {
	err := w.bulk.SendAll(ctx, reqs, servers, errs)
	for i, req := range reqs {
		w.note(req, servers[i], errs[i])
	}
	return err
}

func (w *watcher) note(req *protocol.Request, servers int, err error) {
	if !req.Count || req.Server != "" || servers < 0 || err != nil {
		return
	}
	p := place{req.Prefix, req.Namespace}
	w.mu.Lock()
	defer w.mu.Unlock()
	if n, known := w.fewer[p]; !known || servers < n {
		w.fewer[p] = servers
	}
}

// take returns the fewest servers that a place had since the last take, -1 where they
// were not counted.
func (w *watcher) take(p place) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, known := w.fewer[p]
	if !known {
		return -1
	}
	delete(w.fewer, p)
	return n
}

// census knows how many servers a place has. It is used by one goroutine.
type census struct {
	grace time.Duration
	known map[place]*residents
}

type residents struct {
	n   int
	low time.Time // since when there are fewer
}

// mostPlaces bounds the memory for namespaces that come and go.
const mostPlaces = 10_000

func newCensus(grace time.Duration) *census {
	return &census{grace: grace, known: make(map[place]*residents)}
}

// check holds a count against the one before. Fewer servers are errMissing until the
// time of grace is over; none is ErrNoServers then.
func (c *census) check(p place, servers int, now time.Time) error {
	if servers < 0 {
		return nil
	}
	k := c.known[p]
	if k == nil {
		if len(c.known) >= mostPlaces {
			clear(c.known)
		}
		k = new(residents)
		c.known[p] = k
	}
	if servers < k.n {
		if k.low.IsZero() {
			k.low = now
		}
		if now.Sub(k.low) < c.grace {
			return fmt.Errorf("%w: %d of %d hear namespace %q", errMissing, servers, k.n, p.namespace)
		}
	}
	k.n, k.low = servers, time.Time{}
	if servers == 0 {
		return fmt.Errorf("%w in namespace %q under prefix %q", emitter.ErrNoServers, p.namespace, p.prefix)
	}
	return nil
}

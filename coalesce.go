package emitter

import (
	"context"
	"runtime"
	"slices"
	"sync"

	"github.com/sioxide/emitter/protocol"
)

// Limits of one round of a Coalescer: what shares a round trip must not make
// Redis cut off a server that lags, nor let the first wait for the last too long.
const (
	maxRoundRequests = 1024
	maxRoundBytes    = 1 << 20
	// maxRounds is how many rounds may be under way at once: with one, each waits for the
	// round trip of the one before; more than three only make rounds smaller.
	maxRounds = 3
)

// Coalescer lets concurrent calls of Send share round trips: while maxRounds
// are under way, further requests gather and go together, through SendAll, when
// one of them is done. A request that is alone goes through Send, in its caller's
// goroutine when nothing is under way. It has no goroutine while it is idle.
//
// It is for the authors of drivers: a driver whose client does not pipeline
// concurrent calls well by itself wraps its BulkDriver once, in its own New.
type Coalescer struct {
	driver BulkDriver

	mu    sync.Mutex
	under int      // rounds under way
	queue []*round // that wait; the last one may still gather
}

var _ Driver = (*Coalescer)(nil)

// NewCoalescer wraps d. Requests with Raw set are queued as they are; of others, a
// copy is queued when the caller's context can end.
func NewCoalescer(d BulkDriver) *Coalescer { return &Coalescer{driver: d} }

// Unwrap returns the driver that the Coalescer wraps.
func (c *Coalescer) Unwrap() Driver { return c.driver }

// Send hands req over, alone or together with others, and returns what the driver
// says of it. When ctx ends while req waits for its round, nothing was sent; when
// it ends later, Send returns ctx.Err() at once and req may have been delivered.
func (c *Coalescer) Send(ctx context.Context, req *protocol.Request) (int, error) {
	c.mu.Lock()
	if c.under < maxRounds && len(c.queue) == 0 {
		c.under++
		c.mu.Unlock()
		defer c.roundDone()
		return c.driver.Send(ctx, req)
	}
	r, place := c.join(ctx, req)
	c.mu.Unlock()
	if ctx.Done() == nil {
		<-r.done
	} else if err := c.await(ctx, r, place); err != nil {
		return -1, err
	}
	return r.servers[place], r.errs[place]
}

// join adds a request to the round that gathers. The caller holds the lock.
func (c *Coalescer) join(ctx context.Context, req *protocol.Request) (r *round, place int) {
	size := req.MsgpackLen()
	if n := len(c.queue); n > 0 && c.queue[n-1].hasRoom(size) {
		r = c.queue[n-1]
	} else {
		r = newRound()
		c.queue = append(c.queue, r)
	}
	return r, r.add(ctx, req, size)
}

// await waits for the round or the end of ctx, which is then the error.
func (c *Coalescer) await(ctx context.Context, r *round, place int) error {
	select {
	case <-r.done:
		return nil
	case <-ctx.Done():
	}
	c.mu.Lock()
	if !r.started {
		r.leave(place)
		c.mu.Unlock()
		return NotSent(ctx.Err())
	}
	r.waiting--
	if r.waiting == 0 && r.cancel != nil {
		r.cancel()
	}
	c.mu.Unlock()
	if r.isAlone() { // the driver has this very context and returns in time
		<-r.done
		return nil
	}
	return ctx.Err()
}

// roundDone starts the next round or makes room for one.
func (c *Coalescer) roundDone() {
	if r := c.next(); r != nil {
		go c.run(r)
	}
}

// run sends rounds until nothing is queued.
func (c *Coalescer) run(r *round) {
	for ; r != nil; r = c.next() {
		c.send(r)
		runtime.Gosched() // whom the round has woken may have a place in the next one
	}
}

// next takes the next round from the head of the queue; nil, and one less is under
// way, when there is none.
func (c *Coalescer) next() *round {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.queue) > 0 {
		r := c.queue[0]
		c.queue = slices.Delete(c.queue, 0, 1)
		if r.start() {
			return r
		}
	}
	c.under--
	return nil
}

// send sends a round. One caller's context must not end the others' round: it ends
// when all of theirs have.
func (c *Coalescer) send(r *round) {
	first := r.ctxs[r.place(0)]
	if r.isAlone() || !r.ends {
		r.send(first, c.driver)
		return
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(first))
	defer cancel()
	c.mu.Lock()
	r.cancel = cancel
	if r.waiting == 0 {
		cancel()
	}
	c.mu.Unlock()
	r.send(ctx, c.driver)
}

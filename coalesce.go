package emitter

import (
	"context"
	"sync"

	"github.com/sioxide/emitter/protocol"
)

// Limits of one round of a Coalescer: what shares a round trip must not make
// Redis cut off a server that lags, nor let the first wait for the last too long.
const (
	maxRoundRequests = 1024
	maxRoundBytes    = 1 << 20
	// maxRounds is how many rounds may be under way at once: a second one keeps a lone
	// caller from waiting for the round trip of another, a third only makes rounds
	// smaller.
	maxRounds = 2
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

	mu     sync.Mutex
	rounds int // under way
	queue  []*queuedCall

	pool sync.Pool // of *queuedCall; its own, as channels must not leave a synctest bubble
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
	if c.rounds < maxRounds && len(c.queue) == 0 {
		c.rounds++
		c.mu.Unlock()
		defer c.roundDone()
		return c.driver.Send(ctx, req)
	}
	call := c.newCall(ctx, req)
	c.queue = append(c.queue, call)
	c.mu.Unlock()
	return c.await(call)
}

// queuedCall is a call of Send that waits for its round.
type queuedCall struct {
	ctx   context.Context
	req   protocol.Request
	size  int
	round *round        // nil while queued; guarded by Coalescer.mu
	done  chan struct{} // gets one element when servers and err are set

	servers int
	err     error
}

func (c *Coalescer) newCall(ctx context.Context, req *protocol.Request) *queuedCall {
	call, ok := c.pool.Get().(*queuedCall)
	if !ok {
		call = &queuedCall{done: make(chan struct{}, 1)}
	}
	call.ctx, call.size = ctx, req.MsgpackLen()
	if req.Raw == nil && ctx.Done() != nil {
		req = req.Clone()
	}
	call.req = *req
	return call
}

// finish takes the result of a call that is done and gives its memory back.
func (c *Coalescer) finish(call *queuedCall) (int, error) {
	servers, err := call.servers, call.err
	*call = queuedCall{done: call.done}
	c.pool.Put(call)
	return servers, err
}

func (c *Coalescer) await(call *queuedCall) (int, error) {
	select {
	case <-call.done:
		return c.finish(call)
	case <-call.ctx.Done():
	}
	c.mu.Lock()
	r := call.round
	if r == nil {
		c.drop(call)
		c.mu.Unlock()
		return -1, NotSent(call.ctx.Err())
	}
	r.waiting--
	if r.waiting == 0 && r.cancel != nil {
		r.cancel()
	}
	c.mu.Unlock()
	if len(r.calls) == 1 { // the driver has the caller's own context and returns in time
		<-call.done
		return c.finish(call)
	}
	return -1, call.ctx.Err()
}

// drop takes a call out of the queue.
func (c *Coalescer) drop(call *queuedCall) {
	for i, q := range c.queue {
		if q == call {
			c.queue = append(c.queue[:i], c.queue[i+1:]...)
			return
		}
	}
}

// round is what shares one round trip.
type round struct {
	calls   []*queuedCall
	waiting int                // callers whose context has not ended; guarded by Coalescer.mu
	cancel  context.CancelFunc // nil for a round of one and before SendAll; guarded likewise
}

// roundDone starts the next round or makes room for one.
func (c *Coalescer) roundDone() {
	c.mu.Lock()
	r := c.cutRound()
	if r == nil {
		c.rounds--
	}
	c.mu.Unlock()
	if r != nil {
		go c.run(r)
	}
}

// run sends rounds until nothing is queued.
func (c *Coalescer) run(r *round) {
	for r != nil {
		c.send(r)
		c.mu.Lock()
		if r = c.cutRound(); r == nil {
			c.rounds--
		}
		c.mu.Unlock()
	}
}

// cutRound takes the next round from the head of the queue; nil when it is empty.
func (c *Coalescer) cutRound() *round {
	n, bytes := 0, 0
	for n < len(c.queue) && n < maxRoundRequests {
		bytes += c.queue[n].size
		if n > 0 && bytes > maxRoundBytes {
			break
		}
		n++
	}
	if n == 0 {
		return nil
	}
	r := &round{waiting: n, calls: append([]*queuedCall(nil), c.queue[:n]...)}
	rest := copy(c.queue, c.queue[n:])
	clear(c.queue[rest:])
	c.queue = c.queue[:rest]
	for _, call := range r.calls {
		call.round = r
	}
	return r
}

func (c *Coalescer) send(r *round) {
	if len(r.calls) == 1 {
		call := r.calls[0]
		call.servers, call.err = c.driver.Send(call.ctx, &call.req)
		call.done <- struct{}{}
		return
	}
	c.sendAll(r)
}

// sendAll sends a round of several. One caller's context must not end the others'
// round: it ends when all of theirs have.
func (c *Coalescer) sendAll(r *round) {
	n := len(r.calls)
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.calls[0].ctx))
	defer cancel()
	reqs := make([]*protocol.Request, n)
	servers, errs := make([]int, n), make([]error, n)
	for i, call := range r.calls {
		reqs[i] = &call.req
	}
	c.mu.Lock()
	r.cancel = cancel
	if r.waiting == 0 {
		cancel()
	}
	c.mu.Unlock()
	_ = c.driver.SendAll(ctx, reqs, servers, errs) // it is the first of errs
	for i, call := range r.calls {
		call.servers, call.err = servers[i], errs[i]
		call.done <- struct{}{}
	}
}

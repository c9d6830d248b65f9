package emitter

import (
	"context"
	"sync"

	"github.com/sioxide/emitter/protocol"
)

// round is what shares one round trip. The Coalescer's lock guards it until the start,
// and its last part always.
type round struct {
	reqs  []*protocol.Request // nil where a caller has left before the start
	ctxs  []context.Context   // of the callers
	ends  bool                // one of them can end
	bytes int

	// Those that were there at the start, and their places: nil for all.
	sent   []*protocol.Request
	places []int

	// What the driver said of each; to be read when done is closed.
	servers []int
	errs    []error
	done    chan struct{}

	started bool
	waiting int                // callers whose context has not ended
	cancel  context.CancelFunc // nil for a round of one and before SendAll
}

func newRound() *round { return &round{done: make(chan struct{})} }

// copies are requests of callers whose context can end, and who may be gone before
// their round is.
var copies = sync.Pool{New: func() any { return new(protocol.Request) }}

func (r *round) hasRoom(size int) bool {
	return len(r.reqs) < maxRoundRequests && r.bytes+size <= maxRoundBytes
}

// add returns the request's place.
func (r *round) add(ctx context.Context, req *protocol.Request, size int) int {
	if ctx.Done() != nil {
		r.ends = true
		own := copies.Get().(*protocol.Request)
		if req.Raw != nil {
			*own = *req // drivers that encode look at the rest, too
		} else {
			req.CloneInto(own)
		}
		req = own
	}
	r.reqs, r.ctxs = append(r.reqs, req), append(r.ctxs, ctx)
	r.bytes += size
	r.waiting++
	return len(r.reqs) - 1
}

// leave takes back what was added, before the start. When all have left, the round
// begins anew: a backend that hangs must not make it grow.
func (r *round) leave(place int) {
	r.reqs[place], r.ctxs[place] = nil, nil
	r.waiting--
	if r.waiting == 0 {
		r.reqs, r.ctxs, r.bytes = r.reqs[:0], r.ctxs[:0], 0
	}
}

// start ends the gathering; it is false when nobody is left.
func (r *round) start() bool {
	r.started = true
	r.sent = r.reqs
	if r.waiting < len(r.reqs) {
		r.sent, r.places = make([]*protocol.Request, 0, r.waiting), make([]int, 0, r.waiting)
		for i, req := range r.reqs {
			if req != nil {
				r.sent, r.places = append(r.sent, req), append(r.places, i)
			}
		}
	}
	r.servers, r.errs = make([]int, len(r.reqs)), make([]error, len(r.reqs))
	return r.waiting > 0
}

// place of the i-th request that is sent.
func (r *round) place(i int) int {
	if r.places == nil {
		return i
	}
	return r.places[i]
}

// isAlone tells whether one request is sent: then with its caller's own context.
func (r *round) isAlone() bool { return len(r.sent) == 1 }

// send sends the round to d.
func (r *round) send(ctx context.Context, d BulkDriver) {
	switch {
	case r.isAlone():
		i := r.place(0)
		r.servers[i], r.errs[i] = d.Send(ctx, r.sent[0])
	case r.places == nil:
		_ = d.SendAll(ctx, r.sent, r.servers, r.errs) // it is the first of errs
	default:
		servers, errs := make([]int, len(r.sent)), make([]error, len(r.sent))
		_ = d.SendAll(ctx, r.sent, servers, errs)
		for i, place := range r.places {
			r.servers[place], r.errs[place] = servers[i], errs[i]
		}
	}
	r.recycle()
	close(r.done)
}

// recycle gives back the copies that the driver has sent: of one that failed, its
// client may still hold a part.
func (r *round) recycle() {
	for i, req := range r.reqs {
		if req != nil && r.errs[i] == nil && r.ctxs[i].Done() != nil {
			if req.Raw != nil {
				*req = protocol.Request{} // its memory is the caller's
			}
			copies.Put(req)
		}
	}
}

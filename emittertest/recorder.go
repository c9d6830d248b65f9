package emittertest

import (
	"context"
	"slices"
	"sync"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// Recorder is a Driver that keeps what it is given, for tests that look at what
// their program would have sent. It may be used by many goroutines at once.
type Recorder struct {
	mu       sync.Mutex
	requests []*protocol.Request
}

var (
	_ emitter.Driver     = (*Recorder)(nil)
	_ emitter.BulkDriver = (*Recorder)(nil)
)

// NewRecorder returns an empty Recorder.
func NewRecorder() *Recorder { return new(Recorder) }

// Send keeps a clone of req and reports one server, so that RequireServers is
// content. A context that has ended keeps nothing.
func (r *Recorder) Send(ctx context.Context, req *protocol.Request) (int, error) {
	if err := ctx.Err(); err != nil {
		return -1, emitter.NotSent(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests = append(r.requests, req.Clone())
	return 1, nil
}

// SendAll keeps clones of reqs, one by one.
func (r *Recorder) SendAll(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) error {
	var first error
	for i, req := range reqs {
		servers[i], errs[i] = r.Send(ctx, req)
		if first == nil {
			first = errs[i]
		}
	}
	return first
}

// Requests returns what was sent since the last Reset, in the order of the calls.
// Each request is the caller's own to keep.
func (r *Recorder) Requests() []*protocol.Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.requests)
}

// Reset forgets what was sent.
func (r *Recorder) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests = nil
}

package page

import (
	"context"
	"sync"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// recent remembers the ids of the last requests.
type recent struct {
	mu   sync.Mutex
	ids  map[string]struct{}
	ring [1024]string
	next int
}

func newRecent() *recent { return &recent{ids: map[string]struct{}{}} }

func (r *recent) add(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.ids, r.ring[r.next])
	r.ids[id] = struct{}{}
	r.ring[r.next] = id
	r.next = (r.next + 1) % len(r.ring)
}

func (r *recent) has(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.ids[id]
	return ok
}

// noting is a driver that remembers what it sends, before anybody can see it.
type noting struct {
	emitter.Driver

	sent *recent
}

func (n noting) Unwrap() emitter.Driver { return n.Driver }

func (n noting) Send(ctx context.Context, req *protocol.Request) (int, error) {
	n.sent.add(req.ID.String())
	return n.Driver.Send(ctx, req)
}

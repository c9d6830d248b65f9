package mongodriver

import (
	"context"
	"strings"
	"sync"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

var _ emitter.Listener = (*Driver)(nil)

// Listen opens a change stream on the answers to req.Node, unless it is open
// already, and returns once MongoDB has opened it. It is kept for 5 minutes beyond its
// last question, and resumed when it is lost. Listen ends with ctx, and after 5 s in
// any case. Where there are no change streams it gives emitter.ErrUnsupported.
func (d *Driver) Listen(ctx context.Context, req *protocol.Request, sink func(protocol.Response)) (stop func(), err error) {
	if err := d.ready(); err != nil {
		return nil, err
	}
	if err := refuse(ctx, req); err != nil {
		return nil, prefixed(err)
	}
	stop, err = d.answers.Listen(ctx, req.Node.String(), req.ID, sink)
	return stop, prefixed(err)
}

// maxRosters is for how many namespaces servers are remembered.
const maxRosters = 1000

// rosters are the servers heard of, by namespace. One is made when a question needs
// it, and learns of heartbeats from then on.
type rosters struct {
	mu sync.Mutex
	by map[string]*emitter.Roster
}

// of returns the roster of a namespace. When there are too many, one that knows
// nobody, or else any other, is forgotten.
func (r *rosters) of(namespace string) *emitter.Roster {
	r.mu.Lock()
	defer r.mu.Unlock()
	if found := r.by[namespace]; found != nil {
		return found
	}
	if r.by == nil {
		r.by = make(map[string]*emitter.Roster)
	}
	if len(r.by) >= maxRosters {
		r.evict()
	}
	made := new(emitter.Roster)
	r.by[strings.Clone(namespace)] = made
	return made
}

func (r *rosters) evict() {
	var victim string
	for namespace, roster := range r.by {
		victim = namespace
		if roster.Len() == 0 {
			break
		}
	}
	delete(r.by, victim)
}

// heard notes a server of a namespace in which questions are asked.
func (r *rosters) heard(namespace string, server protocol.ID) {
	r.mu.Lock()
	found := r.by[namespace]
	r.mu.Unlock()
	if found != nil {
		found.Heard(server)
	}
}

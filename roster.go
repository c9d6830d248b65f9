package emitter

import (
	"sync"
	"time"

	"github.com/sioxide/emitter/protocol"
)

// rosterMemory is how long a server counts as there after it was heard: six of the
// heartbeats that servers on PostgreSQL and MongoDB send every 10 s.
const rosterMemory = 60 * time.Second

// Roster remembers which servers were heard of in the last minute. It is for the
// authors of drivers whose backend can't count the servers. The zero Roster is
// ready.
type Roster struct {
	mu   sync.Mutex
	last map[protocol.ID]time.Time
}

// Heard notes that a server is there.
func (r *Roster) Heard(server protocol.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nil {
		r.last = make(map[protocol.ID]time.Time)
	}
	r.last[server] = time.Now()
}

// Forget drops a server that is gone.
func (r *Roster) Forget(server protocol.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.last, server)
}

// Len returns how many servers were heard of in the last 60 s.
func (r *Roster) Len() int { return len(r.IDs()) }

// IDs returns the servers that were heard of in the last 60 s, in no order.
func (r *Roster) IDs() []protocol.ID {
	r.mu.Lock()
	defer r.mu.Unlock()
	oldest := time.Now().Add(-rosterMemory)
	ids := make([]protocol.ID, 0, len(r.last))
	for id, heard := range r.last {
		if heard.Before(oldest) {
			delete(r.last, id)
			continue
		}
		ids = append(ids, id)
	}
	return ids
}

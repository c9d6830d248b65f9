package emitter

import (
	"sync"
	"time"

	"github.com/sioxide/emitter/protocol"
)

const (
	// rosterMemory is how long a server counts as there after it was heard: six of the
	// heartbeats that servers on PostgreSQL and MongoDB send every 10 s.
	rosterMemory = 60 * time.Second

	// maxMissed is how many questions in a row a server may leave without an answer
	// before it counts as gone.
	maxMissed = 2

	// maxMembers bounds the memory that made-up ids can cost.
	maxMembers = 1 << 14

	// emptyMemory is how long nobody having answered is taken to mean that nobody is
	// there, by those who would otherwise wait again and again.
	emptyMemory = 5 * time.Second
)

// Roster remembers which servers were heard of in the last minute and answer. It is
// for the authors of drivers whose backend can't count the servers; the zero Roster
// is ready. It is safe for concurrent use.
type Roster struct {
	mu      sync.Mutex
	members map[protocol.ID]*member
	full    bool      // all who are there had time to answer a question
	empty   time.Time // when nobody answered a question last
}

type member struct {
	heard  time.Time
	missed int       // questions in a row that it did not answer
	since  time.Time // when the last of them had ended
}

// Heard notes that a server is there.
func (r *Roster) Heard(server protocol.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.empty = time.Time{}
	if m := r.members[server]; m != nil {
		m.heard, m.missed = time.Now(), 0
		return
	}
	if len(r.members) >= maxMembers {
		return
	}
	if r.members == nil {
		r.members = make(map[protocol.ID]*member)
	}
	r.members[server] = &member{heard: time.Now()}
}

// Forget drops a server that is gone.
func (r *Roster) Forget(server protocol.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.members, server)
}

// Len returns how many servers were heard of in the last 60 s.
func (r *Roster) Len() int { return len(r.IDs()) }

// IDs returns the servers that were heard of in the last 60 s, in no order. One
// that left two questions in a row without an answer is none of them, until it is
// heard again.
func (r *Roster) IDs() []protocol.ID {
	r.mu.Lock()
	defer r.mu.Unlock()
	oldest := time.Now().Add(-rosterMemory)
	ids := make([]protocol.ID, 0, len(r.members))
	for id, m := range r.members {
		if m.heard.Before(oldest) {
			delete(r.members, id)
			continue
		}
		ids = append(ids, id)
	}
	r.full = r.full && len(ids) > 0
	return ids
}

// all is IDs once nobody is missing from them, before that nil: a heartbeat, or an
// answer to another question, tells of one server and not of the rest.
func (r *Roster) all() []protocol.ID {
	ids := r.IDs()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.full {
		return nil
	}
	return ids
}

// fill notes that all who are there had time to answer.
func (r *Roster) fill() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.full = true
}

// miss notes that a server did not answer a question, and tells whether it still
// counts as there. Questions that were asked at the same time count once.
func (r *Roster) miss(server protocol.ID, asked time.Time) (there bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := r.members[server]
	if m == nil {
		return false
	}
	if asked.Before(m.since) {
		return true
	}
	m.missed, m.since = m.missed+1, time.Now()
	if m.missed >= maxMissed {
		delete(r.members, server)
		return false
	}
	return true
}

// noteEmpty notes that nobody answered.
func (r *Roster) noteEmpty() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.empty = time.Now()
}

// emptyLately tells whether nobody answered a short while ago, nor was heard since.
func (r *Roster) emptyLately() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.members) == 0 && !r.empty.IsZero() && time.Since(r.empty) < emptyMemory
}

package pgxdriver

import (
	"strings"
	"sync"

	"github.com/sioxide/emitter"
)

// rosters keeps the servers heard of, by namespace.
type rosters struct {
	mu     sync.Mutex
	byName map[string]*emitter.Roster
}

// maxRosters bounds the memory of a program that asks in ever new namespaces.
const maxRosters = 1 << 14

// Roster returns the servers heard of in a namespace: by their answers, and, while the
// driver listens there, by their heartbeats.
func (d *Driver) Roster(prefix, namespace string) *emitter.Roster {
	if d == nil {
		return new(emitter.Roster)
	}
	return d.rosters.of(globalName(prefix, namespace))
}

// globalName is what Channel hashes for all servers.
func globalName(prefix, namespace string) string { return prefix + "#" + namespace }

func (r *rosters) of(name string) *emitter.Roster {
	r.mu.Lock()
	defer r.mu.Unlock()
	known := r.byName[name]
	if known == nil {
		if r.byName == nil || len(r.byName) >= maxRosters {
			r.byName = make(map[string]*emitter.Roster)
		}
		known = new(emitter.Roster)
		r.byName[strings.Clone(name)] = known
	}
	return known
}

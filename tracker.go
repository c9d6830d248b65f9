package emitter

import (
	"sync"
	"sync/atomic"
)

// tracker remembers which channels were used since the last Sync, and which
// servers were heard of. New makes one; all emitters built from it share it.
type tracker struct {
	last  atomic.Pointer[channelKey] // marked in used: spares the usual mark the lock and the map
	mu    sync.Mutex
	used  map[channelKey]*channelKey
	full  bool // more channels were used than are remembered
	heard map[clusterKey]*Roster
}

// clusterKey is what Sync and the servers heard of are kept by.
type clusterKey struct {
	driver            Driver
	prefix, namespace string
}

// channelKey is one channel: of all servers, or of one.
type channelKey struct {
	clusterKey
	server string
}

// maxTracked bounds the memory of a program that uses ever new channels and never
// calls Sync.
const maxTracked = 1 << 14

func (e *Emitter) clusterKey() clusterKey {
	return clusterKey{e.route.base, e.prefix, e.namespace}
}

// mark notes, after a Send, that a channel was used. Marked before, a Sync that
// runs at the same time could take the mark and miss the request.
func (e *Emitter) mark(server string) {
	if e.route.base == nil {
		return
	}
	t, key := &e.core.tracker, channelKey{e.clusterKey(), server}
	if e.route.batch != nil {
		e.route.batch.remember(t, key)
	}
	if last := t.last.Load(); last != nil && *last == key {
		return
	}
	t.mu.Lock()
	t.add(key)
	t.mu.Unlock()
}

func (t *tracker) add(key channelKey) {
	known := t.used[key]
	if known == nil {
		if len(t.used) >= maxTracked {
			t.full = true
			return
		}
		if t.used == nil {
			t.used = make(map[channelKey]*channelKey)
		}
		known = new(channelKey)
		*known = key // a copy, so that the caller's key stays on its stack
		t.used[key] = known
	}
	t.last.Store(known)
}

// take removes and returns the servers whose own channels of a cluster were used,
// "" for the channel of all, and whether there may have been more.
func (t *tracker) take(key clusterKey) (servers []string, full bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last.Store(nil)
	for k := range t.used {
		if k.clusterKey == key {
			servers = append(servers, k.server)
			delete(t.used, k)
		}
	}
	full, t.full = t.full, false
	return servers, full
}

// takeOne removes the mark of one channel.
func (t *tracker) takeOne(key channelKey) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last.Store(nil)
	delete(t.used, key)
}

// putBack restores what a failed Sync had taken.
func (t *tracker) putBack(key clusterKey, servers []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range servers {
		t.add(channelKey{key, s})
	}
}

// roster returns the servers heard of in a cluster's namespace.
func (t *tracker) roster(key clusterKey) *Roster {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.heard[key]
	if r == nil {
		if t.heard == nil || len(t.heard) >= maxTracked {
			t.heard = make(map[clusterKey]*Roster)
		}
		r = new(Roster)
		t.heard[key] = r
	}
	return r
}

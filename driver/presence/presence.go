// Package presence is for the authors of drivers whose backend does not count who
// listens: it keeps the servers that say that they are there (docs/protocol.md, Kafka and
// NATS) in Rosters.
package presence

import (
	"strings"
	"sync"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

const (
	// memory is how long a node counts as there after it was heard; nodes are heard every
	// 3 s.
	memory = 10 * time.Second

	// Bounds of the memory that made-up nodes and a program that asks in ever new
	// namespaces can cost.
	maxServers = 1 << 16
	maxNodes   = 1 << 14
	maxRosters = 1000
)

// Channel returns the name of the channel on which servers say that they are there.
func Channel(prefix string) string { return prefix + "-presence#" }

// Book keeps which servers are there. The zero Book is ready. It is safe for concurrent
// use.
type Book struct {
	mu      sync.Mutex
	nodes   map[nodeKey]*node
	servers int // of all nodes
	rosters map[place]*emitter.Roster
}

type nodeKey struct {
	prefix string
	id     protocol.ID
}

// node is a server's driver, which carries an adapter for each namespace.
type node struct {
	heard   time.Time
	servers map[server]struct{}
}

type server struct {
	namespace string
	id        protocol.ID
}

type place struct{ prefix, namespace string }

// Roster returns the servers of a namespace, always the same Roster.
func (b *Book) Roster(prefix, namespace string) *emitter.Roster {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := place{prefix, namespace}
	if found := b.rosters[at]; found != nil {
		return found
	}
	if b.rosters == nil {
		b.rosters = make(map[place]*emitter.Roster)
	}
	if len(b.rosters) >= maxRosters {
		b.evict()
	}
	made := new(emitter.Roster)
	b.rosters[place{strings.Clone(prefix), strings.Clone(namespace)}] = made
	for key, n := range b.nodes {
		for s := range n.servers {
			if key.prefix == prefix && s.namespace == namespace {
				made.Heard(s.id)
			}
		}
	}
	return made
}

// evict forgets a roster that knows nobody, or else any.
func (b *Book) evict() {
	var victim place
	for at, roster := range b.rosters {
		victim = at
		if roster.Len() == 0 {
			break
		}
	}
	delete(b.rosters, victim)
}

// Take notes what a node says of itself. A question is passed over.
func (b *Book) Take(prefix string, p *protocol.Presence) {
	if p.IsQuestion {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	key := nodeKey{prefix, p.Node}
	now := serversOf(prefix, p.Channels)
	before := b.nodes[key]
	if before != nil {
		b.drop(key, before, now)
	}
	if len(now) == 0 || len(b.nodes) >= maxNodes || b.servers+len(now) > maxServers {
		return
	}
	if b.nodes == nil {
		b.nodes = make(map[nodeKey]*node)
	}
	key.prefix = strings.Clone(prefix)
	b.nodes[key] = &node{heard: time.Now(), servers: now}
	b.servers += len(now)
	for s := range now {
		if r := b.rosters[place{prefix, s.namespace}]; r != nil {
			r.Heard(s.id)
		}
	}
}

// drop removes a node, and from the rosters those of its servers that are not kept.
func (b *Book) drop(key nodeKey, n *node, kept map[server]struct{}) {
	delete(b.nodes, key)
	b.servers -= len(n.servers)
	for s := range n.servers {
		if _, stays := kept[s]; stays {
			continue
		}
		if r := b.rosters[place{key.prefix, s.namespace}]; r != nil {
			r.Forget(s.id)
		}
	}
}

// Expire drops the nodes of a prefix that were not heard for 10 s. It is called while
// presences can be heard.
func (b *Book) Expire(prefix string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	oldest := time.Now().Add(-memory)
	for key, n := range b.nodes {
		if key.prefix == prefix && n.heard.Before(oldest) {
			b.drop(key, n, nil)
		}
	}
}

// serversOf takes the servers from the channels that are a server's own:
// `PREFIX-request#NAMESPACE#SERVER#`.
func serversOf(prefix string, channels []string) map[server]struct{} {
	found := make(map[server]struct{})
	for _, channel := range channels {
		rest, ok := strings.CutPrefix(channel, prefix+"-request#")
		if !ok {
			continue
		}
		parts := strings.Split(rest, "#")
		if len(parts) != 3 || parts[2] != "" {
			continue
		}
		if id, err := protocol.ParseID(parts[1]); err == nil {
			found[server{parts[0], id}] = struct{}{}
		}
	}
	return found
}

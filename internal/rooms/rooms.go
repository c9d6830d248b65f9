// Package rooms is the memory of rooms that a server of an in-process cluster has:
// the demo's nodes and emittertest.Cluster select sockets by it.
package rooms

import (
	"maps"
	"slices"

	"github.com/sioxide/emitter/protocol"
)

// Rooms knows which sockets are in which rooms. Like socketioxide's, it does not
// ask whether a socket exists: a join by socket id that reaches the wrong server
// leaves a ghost there.
type Rooms struct {
	members map[string]set[protocol.ID] // by room
	of      map[protocol.ID]set[string] // by socket
}

type set[T comparable] map[T]struct{}

// New returns an empty Rooms.
func New() *Rooms {
	return &Rooms{members: map[string]set[protocol.ID]{}, of: map[protocol.ID]set[string]{}}
}

// Join lets a socket join rooms.
func (r *Rooms) Join(sid protocol.ID, names []string) {
	for _, name := range names {
		add(r.members, name, sid)
		add(r.of, sid, name)
	}
}

// Leave lets a socket leave rooms.
func (r *Rooms) Leave(sid protocol.ID, names []string) {
	for _, name := range names {
		remove(r.members, name, sid)
		remove(r.of, sid, name)
	}
}

// LeaveAll lets a socket leave all its rooms.
func (r *Rooms) LeaveAll(sid protocol.ID) {
	r.Leave(sid, slices.Collect(maps.Keys(r.of[sid])))
}

// Union returns the rooms that any of the sockets is in, sorted.
func (r *Rooms) Union(sids []protocol.ID) []string {
	all := set[string]{}
	for _, sid := range sids {
		maps.Copy(all, r.of[sid])
	}
	return slices.Sorted(maps.Keys(all))
}

// Pick returns the sockets that opts means, each once. Its rules are
// socketioxide-core's (src/adapter/mod.rs: apply_opts): with rooms, those in any
// of them; without, everybody when the broadcast flag is set, otherwise the one
// socket named, whatever the exceptions say.
func (r *Rooms) Pick(opts *protocol.Opts, everybody []protocol.ID) []protocol.ID {
	toAll := opts.Flags&protocol.FlagBroadcast != 0
	if len(opts.Rooms) == 0 && !toAll {
		if opts.Sid.IsZero() {
			return nil
		}
		return []protocol.ID{opts.Sid}
	}
	except := set[protocol.ID]{}
	for _, name := range opts.Except {
		maps.Copy(except, r.members[name])
	}
	if toAll && !opts.Sid.IsZero() {
		except[opts.Sid] = struct{}{}
	}
	meant := everybody
	if len(opts.Rooms) > 0 {
		union := set[protocol.ID]{}
		for _, name := range opts.Rooms {
			maps.Copy(union, r.members[name])
		}
		meant = slices.Collect(maps.Keys(union))
	}
	return slices.DeleteFunc(slices.Clone(meant), func(sid protocol.ID) bool {
		_, out := except[sid]
		return out
	})
}

func add[K, V comparable](m map[K]set[V], k K, v V) {
	if m[k] == nil {
		m[k] = set[V]{}
	}
	m[k][v] = struct{}{}
}

func remove[K, V comparable](m map[K]set[V], k K, v V) {
	delete(m[k], v)
	if len(m[k]) == 0 {
		delete(m, k)
	}
}

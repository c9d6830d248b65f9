package node

import (
	"maps"
	"slices"

	"github.com/sioxide/emitter/protocol"
)

// rooms knows which sockets are in which rooms. Like socketioxide's, it does not
// ask whether a socket exists: a join by socket id that reaches the wrong server
// leaves a ghost there.
type rooms struct {
	members map[string]set[protocol.ID] // by room
	of      map[protocol.ID]set[string] // by socket
}

type set[T comparable] map[T]struct{}

func newRooms() rooms {
	return rooms{members: map[string]set[protocol.ID]{}, of: map[protocol.ID]set[string]{}}
}

func (r *rooms) join(sid protocol.ID, names []string) {
	for _, name := range names {
		add(r.members, name, sid)
		add(r.of, sid, name)
	}
}

func (r *rooms) leave(sid protocol.ID, names []string) {
	for _, name := range names {
		remove(r.members, name, sid)
		remove(r.of, sid, name)
	}
}

func (r *rooms) leaveAll(sid protocol.ID) {
	r.leave(sid, slices.Collect(maps.Keys(r.of[sid])))
}

// union returns the rooms that any of the sockets is in, sorted.
func (r *rooms) union(sids []protocol.ID) []string {
	all := set[string]{}
	for _, sid := range sids {
		maps.Copy(all, r.of[sid])
	}
	return slices.Sorted(maps.Keys(all))
}

// pick returns the sockets that opts means, each once. Its rules are
// socketioxide-core's (src/adapter/mod.rs: apply_opts): with rooms, those in any
// of them; without, everybody when the broadcast flag is set, otherwise the one
// socket named, whatever the exceptions say.
func (r *rooms) pick(opts *protocol.Opts, everybody []protocol.ID) []protocol.ID {
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

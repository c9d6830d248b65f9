package emitter

import (
	"slices"

	"github.com/sioxide/emitter/protocol"
)

// splitRooms returns the requests that req is sent as: itself, or, under
// OncePerSocket, one for each of its rooms that excludes the rooms before it, so
// that a socket in several of them is selected once.
func (e *Emitter) splitRooms(req *protocol.Request) []*protocol.Request {
	rooms := req.Opts.Rooms
	if !e.core.oncePerSocket || len(rooms) < 2 {
		return []*protocol.Request{req}
	}
	reqs := make([]*protocol.Request, 0, len(rooms))
	for i, room := range rooms {
		if slices.Contains(rooms[:i], room) {
			continue
		}
		part := *req
		part.ID = protocol.NewID()
		part.Opts.Rooms = rooms[i : i+1]
		part.Opts.Except = slices.Concat(req.Opts.Except, rooms[:i])
		reqs = append(reqs, &part)
	}
	return reqs
}

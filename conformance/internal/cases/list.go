package cases

import (
	"errors"
	"maps"
	"slices"

	"github.com/sioxide/emitter"
)

// listCases: the sockets, rooms and servers of a selection.
var listCases = []Case{
	{Name: "sockets: all of a namespace", Run: func(s *Scene) {
		s.wantSockets(s.IO, s.At(Root))
		s.wantSockets(s.IO.Of(Admin), s.At(Admin))
		s.wantSockets(s.IO.Of(Dynamic), s.At(Dynamic))
	}},
	{Name: "sockets: rooms and except", Run: func(s *Scene) {
		all := s.At(Root)
		a, b := s.Put("a", pick(all, 0, 1, 3)...), s.Put("b", pick(all, 1, 4)...)
		s.wantSockets(s.IO.To(a), pick(all, 0, 1, 3))
		s.wantSockets(s.IO.To(a, b), pick(all, 0, 1, 3, 4))
		s.wantSockets(s.IO.To(a).Except(b), pick(all, 0, 3))
		s.wantSockets(s.IO.Except(a), pick(all, 2, 4, 5))
	}},
	{Name: "sockets: one, all but one, of one server, nobody", Run: func(s *Scene) {
		all := s.At(Root)
		s.wantSockets(s.IO.ToSocket(all[4].ID()), all[4:5])
		s.wantSockets(s.IO.ExceptSocket(all[4].ID()), without(all, 4))
		s.wantSockets(s.IO.ToServer(s.Servers()[0]), s.On(0, Root))
		s.wantSockets(s.IO.ToServer(s.Servers()[1]).ToSocket(all[4].ID()), all[4:5])
		s.wantSockets(s.IO.To(s.Room("empty")), nil)
		s.wantSockets(s.IO.ToSocket("AAAAAAAAAAAAAAAA"), nil)
	}},
	{Name: "sockets: the other prefix", Needs: OtherPrefixes, Run: func(s *Scene) {
		found, err := s.IO.Prefix(OtherPrefix).Sockets(s.Ctx())
		s.Do(err)
		if len(found) != len(s.OfOther()) {
			s.Errorf("found %d sockets, want %d", len(found), len(s.OfOther()))
		}
	}},
	{Name: "sockets: each can be used", Run: useSockets},
	{Name: "rooms: of all selections", Run: func(s *Scene) {
		ns := s.ownNamespace()
		io := s.IO.Of(ns)
		x, y, z := s.Add(0, ns, nil), s.Add(0, ns, nil), s.Add(1, ns, nil)
		a, b, c := s.Put("a", x, z), s.Put("b", y), s.Put("c", z)
		s.wantRooms(io, []Socket{x, y, z}, a, b, c)
		s.wantRooms(io.To(a), []Socket{x, z}, a, c)
		s.wantRooms(io.To(b, c), []Socket{y, z}, a, b, c)
		s.wantRooms(io.To(a).Except(c), []Socket{x}, a)
		s.wantRooms(io.Except(a), []Socket{y}, b)
		s.wantRooms(io.ToSocket(z.ID()), []Socket{z}, a, c)
		s.wantRooms(io.ExceptSocket(z.ID()), []Socket{x, y}, a, b)
		s.wantRooms(io.ToServer(s.Servers()[0]), []Socket{x, y}, a, b)
		s.wantRooms(io.To(s.Room("empty")), nil)
	}},
	{Name: "servers", Run: func(s *Scene) {
		both := s.Servers()
		for _, ns := range []string{Root, Admin, Dynamic} {
			s.wantServers(s.IO.Of(ns), both[:]...)
		}
		s.wantServers(s.IO.ToServer(both[1]), both[1])
		s.wantServers(s.IO.To("anything"), both[:]...)
	}},
	{Name: "servers: a namespace that one server has", Needs: LazyNamespaces, Run: func(s *Scene) {
		both, ns := s.Servers(), s.ownNamespace()
		s.Add(1, ns, nil)
		s.wantServers(s.IO.Of(ns), both[1])
	}},
	{Name: "sockets, rooms, servers: no server", Run: func(s *Scene) {
		io := s.brief(s.IO).Of("/nobody")
		_, err := io.Sockets(s.Ctx())
		s.wantError(err, emitter.ErrNoServers)
		_, err = io.Rooms(s.Ctx())
		s.wantError(err, emitter.ErrNoServers)
		_, err = io.Servers(s.Ctx())
		s.wantError(err, emitter.ErrNoServers)
		s.wantError(io.Sync(s.Ctx()), emitter.ErrNoServers)
	}},
	{Name: "join: one socket, whose server is asked for first", Run: func(s *Scene) {
		socket, a := s.At(Root)[4], s.Room("a")
		s.Do(s.IO.ToSocket(socket.ID()).Join(s.Ctx(), a))
		s.settle()
		s.emitTo(s.IO, a)
		s.Expect([]Socket{socket}, "news", a)
		s.expectRoom(s.On(0, Root)[0], a, false)
		s.expectRoom(s.On(1, Root)[0], a, true)
		rooms, err := s.IO.Rooms(s.Ctx())
		s.Do(err)
		if !slices.Contains(rooms, a) {
			s.Errorf("room %s is not listed", a)
		}
	}},
	{Name: "join: a socket that no server has", Run: func(s *Scene) {
		a := s.Room("a")
		s.wantError(s.IO.ToSocket("AAAAAAAAAAAAAAAA").Join(s.Ctx(), a), emitter.ErrSocketClosed)
		s.expectRoom(s.On(0, Root)[0], a, false)
		s.expectRoom(s.On(1, Root)[0], a, false)
	}},
	{Name: "OncePerSocket: a socket in two rooms", Run: func(s *Scene) {
		all := s.At(Root)
		a, b, c := s.Put("a", pick(all, 0, 3)...), s.Put("b", pick(all, 0, 4)...), s.Put("c", pick(all, 0, 1)...)
		io := s.Emitter(emitter.OncePerSocket())
		s.Do(io.To(a, b).Except(c).Emit(s.Ctx(), "news", "except"))
		s.Expect(pick(all, 3, 4), "news", "except")
		s.Do(io.To(a).To(b, c).Emit(s.Ctx(), "news", "once"))
		s.Expect(pick(all, 0, 1, 3, 4), "news", "once")
		s.replyWithID(all)
		s.wantAcks(s.ask(io.To(a, b), s.question()), pick(all, 0, 3, 4))
		s.Expect(pick(all, 0, 3, 4), s.question())
	}},
}

// useSockets does to sockets that were found all that can be done to one, on its server's own channel.
func useSockets(s *Scene) {
	ns := s.ownNamespace()
	x, y := s.Add(0, ns, nil), s.Add(1, ns, nil)
	found := s.wantSockets(s.IO.Of(ns), []Socket{x, y})
	a := s.Room("a")
	s.Do(y.Reply(s.Ctx(), s.question(), y.ID()))

	s.Do(found[x.ID()].Emit(s.Ctx(), "news", "x"))
	s.Do(found[y.ID()].Emit(s.Ctx(), "news", "y"))
	s.Do(found[y.ID()].Join(s.Ctx(), a))
	acks, err := found[y.ID()].EmitWithAck(s.Ctx(), s.question())
	s.Do(err)
	s.wantAcks(acks, []Socket{y})
	s.expectRoom(y, a, true)
	s.expectRoom(x, a, false)
	s.Do(found[y.ID()].Leave(s.Ctx(), a))
	s.Do(found[x.ID()].Disconnect(s.Ctx()))
	s.settle()
	s.expectRoom(y, a, false)

	s.Expect([]Socket{x}, "news", "x")
	s.Expect([]Socket{y}, "news", "y")
	s.Expect([]Socket{y}, s.question())
	s.ExpectGone(x)
}

// wantSockets wants exactly these sockets to be listed, and returns them by id.
func (s *Scene) wantSockets(io emitter.Emitter, want []Socket) map[string]emitter.Socket {
	s.Helper()
	list, err := io.Sockets(s.Ctx())
	s.Do(err)
	found := make(map[string]emitter.Socket)
	for _, socket := range list {
		found[socket.ID] = socket
	}
	if len(found) != len(list) || len(found) != len(want) {
		s.Errorf("%d sockets listed, %d different, want %d", len(list), len(found), len(want))
	}
	for _, socket := range want {
		f, ok := found[socket.ID()]
		if !ok || f.Server != s.Servers()[socket.Server()] || f.Namespace != socket.Namespace() {
			s.Errorf("socket %s listed as %q on server %q in %q", socket.Name(), f.ID, f.Server, f.Namespace)
		}
	}
	return found
}

// wantRooms wants exactly these rooms to be listed, besides those named by the ids of sockets whose servers join them.
func (s *Scene) wantRooms(io emitter.Emitter, sockets []Socket, rooms ...string) {
	s.Helper()
	want := make(map[string]bool)
	for _, room := range rooms {
		want[room] = true
	}
	for _, socket := range sockets {
		if s.Traits().SidRoom[socket.Server()] {
			want[socket.ID()] = true
		}
	}
	got, err := io.Rooms(s.Ctx())
	s.Do(err)
	if sorted := slices.Sorted(maps.Keys(want)); !slices.Equal(got, sorted) {
		s.Errorf("rooms %q, want %q", got, sorted)
	}
}

func (s *Scene) wantServers(io emitter.Emitter, want ...string) {
	s.Helper()
	servers, err := io.Servers(s.Ctx())
	s.Do(err)
	var got []string
	for _, server := range servers {
		if server.RTT <= 0 {
			s.Error(errors.New("a server answered before it was asked"))
		}
		got = append(got, server.ID)
	}
	if sorted := slices.Sorted(slices.Values(want)); !slices.Equal(got, sorted) {
		s.Errorf("servers %q, want %q", got, sorted)
	}
}

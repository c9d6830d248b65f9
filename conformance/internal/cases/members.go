package cases

import "github.com/sioxide/emitter"

// memberCases: who is in a room afterwards, proven by an event to it. Join, leave and the event go to the same
// channel, where servers keep the order.
var memberCases = []Case{
	{Name: "join: all of a namespace", Run: func(s *Scene) {
		a := s.Room("a")
		s.Do(s.IO.Of(Admin).Join(s.Ctx(), a))
		s.emitTo(s.IO.Of(Admin), a)
		s.emitTo(s.IO, a)
		s.Expect(s.At(Admin), "news", a)
	}},
	{Name: "join: all that match", Run: func(s *Scene) {
		all := s.At(Root)
		a, b, c := s.Put("a", pick(all, 0, 1, 3)...), s.Put("b", all[1]), s.Room("c")
		s.Do(s.IO.To(a).Except(b).Join(s.Ctx(), c))
		s.emitTo(s.IO, c)
		s.Expect(pick(all, 0, 3), "news", c)
	}},
	{Name: "join: several rooms at once", Run: func(s *Scene) {
		all := s.At(Root)
		a, b, c := s.Put("a", pick(all, 2, 5)...), s.Room("b"), s.Room("c")
		s.Do(s.IO.To(a).Join(s.Ctx(), b, c))
		for _, room := range []string{b, c} {
			s.emitTo(s.IO, room)
			s.Expect(pick(all, 2, 5), "news", room)
		}
	}},
	{Name: "join: one socket, on its own server", Run: func(s *Scene) {
		socket, a := s.On(1, Root)[1], s.Room("a")
		one := s.IO.ToServer(s.Servers()[1]).ToSocket(socket.ID())
		s.Do(one.Join(s.Ctx(), a))
		s.settle() // the server's own channel and that of all servers keep no common order
		s.emitTo(s.IO, a)
		s.Expect([]Socket{socket}, "news", a)
		s.expectRoom(s.On(1, Root)[0], a, true)
		s.expectRoom(s.On(0, Root)[0], a, false)
		s.settle()
		s.Do(one.Leave(s.Ctx(), a))
		s.settle()
		s.expectRoom(s.On(1, Root)[0], a, false)
	}},
	{Name: "join: the sockets of one server", Run: func(s *Scene) {
		a := s.Room("a")
		s.Do(s.IO.ToServer(s.Servers()[0]).Join(s.Ctx(), a))
		s.settle()
		s.emitTo(s.IO, a)
		s.Expect(s.On(0, Root), "news", a)
	}},
	{Name: "join: one namespace of a shared connection", Run: func(s *Scene) {
		socket, a := s.On(0, Admin)[0], s.Room("a")
		s.Do(s.IO.Of(Admin).ToServer(s.Servers()[0]).ToSocket(socket.ID()).Join(s.Ctx(), a))
		s.settle()
		s.emitTo(s.IO, a)
		s.emitTo(s.IO.Of(Admin), a)
		s.Expect([]Socket{socket}, "news", a)
	}},
	{Name: "leave: all of a namespace", Run: func(s *Scene) {
		all := s.At(Root)
		a, b := s.Put("a", all...), s.Put("b", all[0], s.At(Admin)[0])
		s.Do(s.IO.Leave(s.Ctx(), a))
		s.emitTo(s.IO, a)
		s.emitTo(s.IO, b)
		s.emitTo(s.IO.Of(Admin), b)
		s.Expect([]Socket{all[0], s.At(Admin)[0]}, "news", b)
	}},
	{Name: "leave: all that match", Run: func(s *Scene) {
		all := s.At(Root)
		a, b := s.Put("a", pick(all, 0, 1, 4)...), s.Put("b", pick(all, 1, 4)...)
		s.Do(s.IO.To(b).Leave(s.Ctx(), a))
		s.emitTo(s.IO, a)
		s.Expect(pick(all, 0), "news", a)
		s.emitTo(s.IO, b)
		s.Expect(pick(all, 1, 4), "news", b)
	}},
	{Name: "leave: several rooms at once", Run: func(s *Scene) {
		all := s.At(Root)
		a, b, c := s.Put("a", all[0]), s.Put("b", all[0]), s.Put("c", all[0])
		s.Do(s.IO.To(a).Leave(s.Ctx(), a, b))
		for _, room := range []string{a, b, c} {
			s.emitTo(s.IO, room)
		}
		s.Expect(pick(all, 0), "news", c)
	}},
	{Name: "leave: one socket, on its own server", Run: func(s *Scene) {
		here := s.On(1, Root)
		a := s.Put("a", here[0], here[1])
		s.Do(s.IO.ToServer(s.Servers()[1]).ToSocket(here[0].ID()).Leave(s.Ctx(), a))
		s.settle()
		s.emitTo(s.IO, a)
		s.Expect(here[1:2], "news", a)
	}},
	{Name: "leave: one socket, on the channel of all servers", Run: func(s *Scene) {
		all := s.At(Root)
		a := s.Put("a", all[0], all[3])
		s.Do(s.IO.ToSocket(all[3].ID()).Leave(s.Ctx(), a))
		s.emitTo(s.IO, a)
		s.Expect(pick(all, 0), "news", a)
	}},
	{Name: "leave: a room that the sockets are not in", Run: func(s *Scene) {
		a := s.Put("a", s.At(Root)[0])
		s.Do(s.IO.Leave(s.Ctx(), s.Room("other")))
		s.emitTo(s.IO, a)
		s.Expect(pick(s.At(Root), 0), "news", a)
	}},
}

// emitTo emits an event that names its room.
func (s *Scene) emitTo(io emitter.Emitter, room string) {
	s.Helper()
	s.Do(io.To(room).Emit(s.Ctx(), "news", room))
}

// expectRoom asks the server of a socket whether it knows of any member of a room, be it a ghost.
func (s *Scene) expectRoom(socket Socket, room string, want bool) {
	s.Helper()
	got, err := socket.InRoom(s.Ctx(), room)
	s.Do(err)
	if got != want {
		s.Errorf("server of %s has members in room %s: %v, want %v", socket.Name(), room, got, want)
	}
}

package cases

import "github.com/sioxide/emitter"

// addressCases: one socket, one server, a namespace, a prefix.
var addressCases = []Case{
	{Name: "to a room named by a socket's id, where the handlers join it", Run: func(s *Scene) {
		for _, socket := range pick(s.At(Root), 0, 3) {
			s.Do(s.IO.To(socket.ID()).Emit(s.Ctx(), "news", socket.ID()))
			if s.Traits().SidRoom[socket.Server()] {
				s.Expect([]Socket{socket}, "news", socket.ID())
			}
		}
	}},
	{Name: "ToSocket, on either server", Run: func(s *Scene) {
		for _, socket := range pick(s.At(Root), 1, 4) {
			s.Do(s.IO.ToSocket(socket.ID()).Emit(s.Ctx(), "news", socket.ID()))
			s.Expect([]Socket{socket}, "news", socket.ID())
		}
	}},
	{Name: "ToSocket of an id that nobody has", Run: func(s *Scene) {
		s.Do(s.IO.ToSocket("AAAAAAAAAAAAAAAA").Emit(s.Ctx(), "news"))
	}},
	{Name: "ToSocket reaches one namespace of a shared connection", Run: func(s *Scene) {
		socket := s.At(Admin)[0]
		s.Do(s.IO.Of(Admin).ToSocket(socket.ID()).Emit(s.Ctx(), "news"))
		s.Expect([]Socket{socket}, "news")
	}},
	{Name: "ExceptSocket", Run: func(s *Scene) {
		all := s.At(Root)
		s.Do(s.IO.ExceptSocket(all[3].ID()).Emit(s.Ctx(), "news"))
		s.Expect(without(all, 3), "news")
	}},
	{Name: "to a room, ExceptSocket", Run: func(s *Scene) {
		all := s.At(Root)
		a := s.Put("a", pick(all, 0, 3, 4)...)
		s.Do(s.IO.To(a).ExceptSocket(all[0].ID()).Emit(s.Ctx(), "news"))
		s.Expect(pick(all, 3, 4), "news")
	}},
	{Name: "except a room, ExceptSocket", Run: func(s *Scene) {
		all := s.At(Root)
		a := s.Put("a", all[1])
		s.Do(s.IO.Except(a).ExceptSocket(all[5].ID()).Emit(s.Ctx(), "news"))
		s.Expect(without(all, 1, 5), "news")
	}},
	{Name: "ToServer", Run: func(s *Scene) {
		for i, uid := range s.Servers() {
			s.Do(s.IO.ToServer(uid).Emit(s.Ctx(), "news", i))
			s.Expect(s.On(i, Root), "news", i)
		}
	}},
	{Name: "ToServer in another namespace", Run: func(s *Scene) {
		s.Do(s.IO.Of(Admin).ToServer(s.Servers()[1]).Emit(s.Ctx(), "news"))
		s.Expect(s.On(1, Admin), "news")
	}},
	{Name: "ToServer, to a room", Run: func(s *Scene) {
		here, there := s.On(0, Root), s.On(1, Root)
		a := s.Put("a", here[0], here[1], there[0])
		s.Do(s.IO.ToServer(s.Servers()[0]).To(a).Emit(s.Ctx(), "news"))
		s.Expect(here[:2], "news")
	}},
	{Name: "ToServer, except a room", Run: func(s *Scene) {
		here := s.On(1, Root)
		s.Do(s.IO.ToServer(s.Servers()[1]).Except(s.Put("a", here[0])).Emit(s.Ctx(), "news"))
		s.Expect(here[1:], "news")
	}},
	{Name: "ToServer, ToSocket", Run: func(s *Scene) {
		socket := s.On(0, Root)[1]
		s.Do(s.IO.ToServer(s.Servers()[0]).ToSocket(socket.ID()).Emit(s.Ctx(), "news", "here"))
		s.Do(s.IO.ToServer(s.Servers()[1]).ToSocket(socket.ID()).Emit(s.Ctx(), "news", "not there"))
		s.Expect([]Socket{socket}, "news", "here")
	}},
	{Name: "ToServer of a server that is not there", Run: func(s *Scene) {
		s.Do(s.IO.ToServer("AAAAAAAAAAAAAAAA").Emit(s.Ctx(), "news"))
	}},
	{Name: "a namespace", Run: func(s *Scene) {
		s.Do(s.IO.Of(Admin).Emit(s.Ctx(), "news", Admin))
		s.Expect(s.At(Admin), "news", Admin)
	}},
	{Name: "a namespace without its slash", Run: func(s *Scene) {
		s.Do(s.IO.Of("admin").Emit(s.Ctx(), "news"))
		s.Expect(s.At(Admin), "news")
	}},
	{Name: "the empty namespace", Run: func(s *Scene) {
		s.Do(s.IO.Of(Admin).Of("").Emit(s.Ctx(), "news"))
		s.Expect(s.At(Root), "news")
	}},
	{Name: "a dynamic namespace", Run: func(s *Scene) {
		s.Do(s.IO.Of(Dynamic).Emit(s.Ctx(), "news", Dynamic))
		s.Expect(s.At(Dynamic), "news", Dynamic)
	}},
	{Name: "a room in a dynamic namespace", Run: func(s *Scene) {
		socket := s.At(Dynamic)[1]
		s.Do(s.IO.Of(Dynamic).To(s.Put("a", socket)).Emit(s.Ctx(), "news"))
		s.Expect([]Socket{socket}, "news")
	}},
	{Name: "a namespace that no server has", Run: func(s *Scene) {
		s.Do(s.IO.Of("/nobody").Emit(s.Ctx(), "news"))
	}},
	{Name: "RequireServers, where there are some", Run: func(s *Scene) {
		io := s.Emitter(emitter.RequireServers())
		s.Do(io.Emit(s.Ctx(), "news"))
		s.Do(io.Of(Dynamic).ToServer(s.Servers()[1]).Emit(s.Ctx(), "news", "own channel"))
		s.Expect(s.At(Root), "news")
		s.Expect(s.On(1, Dynamic), "news", "own channel")
	}},
	{Name: "RequireServers, where there are none", Run: func(s *Scene) {
		io := s.brief(s.Emitter(emitter.RequireServers()))
		s.wantError(io.Of("/nobody").Emit(s.Ctx(), "news"), emitter.ErrNoServers)
		s.wantError(io.ToServer("AAAAAAAAAAAAAAAA").Emit(s.Ctx(), "news"), emitter.ErrNoServers)
	}},
	{Name: "RequireServers, of another prefix", Needs: AnyPrefix, Run: func(s *Scene) {
		io := s.brief(s.Emitter(emitter.RequireServers()))
		s.wantError(io.Prefix("nobody").Emit(s.Ctx(), "news"), emitter.ErrNoServers)
	}},
	{Name: "rooms of one name in two namespaces", Run: func(s *Scene) {
		root, admin := s.At(Root)[0], s.At(Admin)[0]
		a := s.Put("a", root, admin)
		s.Do(s.IO.Of(Admin).To(a).Emit(s.Ctx(), "news"))
		s.Expect([]Socket{admin}, "news")
	}},
	{Name: "another prefix", Needs: OtherPrefixes, Run: func(s *Scene) {
		s.Do(s.IO.Prefix(OtherPrefix).Emit(s.Ctx(), "news", OtherPrefix))
		s.Expect(s.OfOther(), "news", OtherPrefix)
	}},
	{Name: "a room of another prefix", Needs: OtherPrefixes, Run: func(s *Scene) {
		here, other := s.At(Root)[0], s.OfOther()[1]
		a := s.Put("a", here, other)
		s.Do(s.IO.Prefix(OtherPrefix).To(a).Emit(s.Ctx(), "news"))
		s.Expect([]Socket{other}, "news")
	}},
	{Name: "a prefix where there can be one only", Needs: OnePrefix, Run: func(s *Scene) {
		io := s.IO.Prefix(OtherPrefix)
		s.wantError(io.Emit(s.Ctx(), "news"), emitter.ErrUnsupported)
		s.wantError(io.Join(s.Ctx(), s.Room("a")), emitter.ErrUnsupported)
	}},
	{Name: "a prefix that no server has", Needs: AnyPrefix, Run: func(s *Scene) {
		s.Do(s.IO.Prefix("nobody").Emit(s.Ctx(), "news"))
	}},
}

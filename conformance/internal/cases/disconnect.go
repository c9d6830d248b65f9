package cases

// disconnectCases use sockets of their own: what is disconnected does not come back.
var disconnectCases = []Case{
	{Name: "disconnect: all of a namespace", Run: func(s *Scene) {
		ns := s.ownNamespace()
		s.ExpectGone(s.Add(0, ns, nil), s.Add(1, ns, nil), s.Add(1, ns, nil))
		s.Do(s.IO.Of(ns).Disconnect(s.Ctx()))
	}},
	{Name: "disconnect: a room", Run: func(s *Scene) {
		a, b, c := s.Add(0, Root, nil), s.Add(1, Root, nil), s.Add(1, Root, nil)
		room := s.Put("a", a, b)
		s.Do(s.IO.To(room).Disconnect(s.Ctx()))
		s.Do(s.IO.Emit(s.Ctx(), "after"))
		s.ExpectGone(a, b)
		s.Expect(append(s.standingAt(Root), c), "after")
	}},
	{Name: "disconnect: a room, except another", Run: func(s *Scene) {
		a, b, c := s.Add(0, Root, nil), s.Add(1, Root, nil), s.Add(0, Root, nil)
		room, spared := s.Put("a", a, b, c), s.Put("b", b)
		s.Do(s.IO.To(room).Except(spared).Disconnect(s.Ctx()))
		s.emitTo(s.IO, room)
		s.ExpectGone(a, c)
		s.Expect([]Socket{b}, "news", room)
	}},
	{Name: "disconnect: one socket", Run: func(s *Scene) {
		a, b := s.Add(0, Root, nil), s.Add(1, Root, nil)
		s.Do(s.IO.ToSocket(b.ID()).Disconnect(s.Ctx()))
		s.ExpectGone(b)
		s.Do(s.IO.ToSocket(a.ID()).Emit(s.Ctx(), "after"))
		s.Expect([]Socket{a}, "after")
	}},
	{Name: "disconnect: all but one socket", Run: func(s *Scene) {
		ns := s.ownNamespace()
		a, b, c := s.Add(0, ns, nil), s.Add(1, ns, nil), s.Add(1, ns, nil)
		s.Do(s.IO.Of(ns).ExceptSocket(b.ID()).Disconnect(s.Ctx()))
		s.Do(s.IO.Of(ns).Emit(s.Ctx(), "after"))
		s.ExpectGone(a, c)
		s.Expect([]Socket{b}, "after")
	}},
	{Name: "disconnect: the sockets of one server", Run: func(s *Scene) {
		ns := s.ownNamespace()
		here, there := s.Add(0, ns, nil), s.Add(1, ns, nil)
		s.Do(s.IO.Of(ns).ToServer(s.Servers()[0]).Disconnect(s.Ctx()))
		s.Do(s.IO.Of(ns).ToServer(s.Servers()[1]).Emit(s.Ctx(), "after"))
		s.ExpectGone(here)
		s.Expect([]Socket{there}, "after")
	}},
	{Name: "disconnect: one namespace of a shared connection", Run: func(s *Scene) {
		root := s.Add(1, Root, nil)
		admin := s.Add(1, Admin, root)
		s.Do(s.IO.Of(Admin).ToSocket(admin.ID()).Disconnect(s.Ctx()))
		s.settle()
		s.Do(s.IO.ToSocket(root.ID()).Emit(s.Ctx(), "after"))
		s.ExpectGone(admin)
		s.Expect([]Socket{root}, "after")
	}},
	{Name: "disconnect: a room that nobody is in", Run: func(s *Scene) {
		s.Do(s.IO.To(s.Room("empty")).Disconnect(s.Ctx()))
		s.Do(s.IO.Emit(s.Ctx(), "after"))
		s.Expect(s.At(Root), "after")
	}},
}

// ownNamespace is a dynamic namespace of this case alone.
func (s *Scene) ownNamespace() string { return "/dyn-" + s.name }

func (s *Scene) standingAt(namespace string) []Socket {
	var found []Socket
	for _, socket := range s.Standing() {
		if socket.Namespace() == namespace && socket.Prefix() != OtherPrefix {
			found = append(found, socket)
		}
	}
	return found
}

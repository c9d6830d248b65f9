package cases

import "slices"

// selectCases: who gets an event.
var selectCases = []Case{
	{Name: "emit to all of a namespace", Run: func(s *Scene) {
		s.Do(s.IO.Emit(s.Ctx(), "news", "all"))
		s.Expect(s.At(Root), "news", "all")
	}},
	{Name: "to one room", Run: func(s *Scene) {
		in := pick(s.At(Root), 0, 3)
		s.Do(s.IO.To(s.Put("a", in...)).Emit(s.Ctx(), "news", 1))
		s.Expect(in, "news", 1)
	}},
	{Name: "to several rooms in one call", Run: func(s *Scene) {
		all := s.At(Root)
		a, b := s.Put("a", pick(all, 0, 1)...), s.Put("b", pick(all, 1, 4)...)
		s.Do(s.IO.To(a, b).Emit(s.Ctx(), "news", 2))
		s.Expect(pick(all, 0, 1, 4), "news", 2)
		s.expectTwice(all[1], "news", 2)
	}},
	{Name: "to several rooms, chained", Run: func(s *Scene) {
		all := s.At(Root)
		a, b, c := s.Put("a", all[0]), s.Put("b", all[3]), s.Put("c", pick(all, 3, 5)...)
		s.Do(s.IO.To(a).To(b, c).Emit(s.Ctx(), "news", 3))
		s.Expect(pick(all, 0, 3, 5), "news", 3)
		s.expectTwice(all[3], "news", 3)
	}},
	{Name: "to a room twice", Run: func(s *Scene) {
		in := pick(s.At(Root), 1, 5)
		a := s.Put("a", in...)
		s.Do(s.IO.To(a, a).Emit(s.Ctx(), "news", 4))
		s.Expect(in, "news", 4)
		for _, socket := range in {
			s.expectTwice(socket, "news", 4)
		}
	}},
	{Name: "in", Run: func(s *Scene) {
		in := pick(s.At(Root), 2, 4)
		s.Do(s.IO.In(s.Put("a", in...)).Emit(s.Ctx(), "news"))
		s.Expect(in, "news")
	}},
	{Name: "within", Run: func(s *Scene) {
		in := pick(s.At(Root), 1, 3)
		s.Do(s.IO.Within(s.Put("a", in...)).Emit(s.Ctx(), "news"))
		s.Expect(in, "news")
	}},
	{Name: "to a room that nobody is in", Run: func(s *Scene) {
		s.Do(s.IO.To(s.Room("empty")).Emit(s.Ctx(), "news"))
	}},
	{Name: "except a room", Run: func(s *Scene) {
		all := s.At(Root)
		s.Do(s.IO.Except(s.Put("a", pick(all, 0, 4)...)).Emit(s.Ctx(), "news"))
		s.Expect(without(all, 0, 4), "news")
	}},
	{Name: "except several rooms, chained", Run: func(s *Scene) {
		all := s.At(Root)
		a, b, c := s.Put("a", all[0]), s.Put("b", pick(all, 0, 1)...), s.Put("c", all[5])
		s.Do(s.IO.Except(a, b).Except(c).Emit(s.Ctx(), "news"))
		s.Expect(without(all, 0, 1, 5), "news")
	}},
	{Name: "except without rooms changes nothing", Run: func(s *Scene) {
		s.Do(s.IO.Except().Emit(s.Ctx(), "news"))
		s.Expect(s.At(Root), "news")
	}},
	{Name: "to a room, except another", Run: func(s *Scene) {
		all := s.At(Root)
		a, b := s.Put("a", pick(all, 0, 1, 3, 4)...), s.Put("b", pick(all, 1, 4, 5)...)
		s.Do(s.IO.To(a).Except(b).Emit(s.Ctx(), "news"))
		s.Expect(pick(all, 0, 3), "news")
	}},
	{Name: "to a room, except the same", Run: func(s *Scene) {
		a := s.Put("a", pick(s.At(Root), 0, 3)...)
		s.Do(s.IO.To(a).Except(a).Emit(s.Ctx(), "news"))
	}},
	{Name: "volatile to all", Run: func(s *Scene) {
		s.Do(s.IO.Volatile().Emit(s.Ctx(), "news", "now"))
		s.ExpectVolatile(s.At(Root), "news", "now")
	}},
	{Name: "volatile to a room, except another", Run: func(s *Scene) {
		all := s.At(Root)
		a, b := s.Put("a", pick(all, 2, 3)...), s.Put("b", all[3])
		s.Do(s.IO.To(a).Except(b).Volatile().Emit(s.Ctx(), "news", "now"))
		s.ExpectVolatile(pick(all, 2), "news", "now")
	}},
	{Name: "forks of one emitter do not mix", Run: func(s *Scene) {
		all := s.At(Root)
		a, b, c := s.Put("a", all[0]), s.Put("b", all[1]), s.Put("c", all[3])
		both := s.IO.To(a)
		left, right := both.To(b), both.To(c)
		s.Do(right.Emit(s.Ctx(), "right"))
		s.Do(left.Emit(s.Ctx(), "left"))
		s.Expect(pick(all, 0, 3), "right")
		s.Expect(pick(all, 0, 1), "left")
	}},
}

// expectTwice expects the event a second time where servers deliver once for each requested room of a socket.
func (s *Scene) expectTwice(socket Socket, name string, args ...any) {
	if s.Traits().DoubleDelivery {
		s.Expect([]Socket{socket}, name, args...)
	}
}

// pick gives the sockets at these places.
func pick(sockets []Socket, places ...int) []Socket {
	var picked []Socket
	for _, i := range places {
		picked = append(picked, sockets[i])
	}
	return picked
}

// without gives the sockets that are not at these places.
func without(sockets []Socket, places ...int) []Socket {
	left := make([]Socket, 0, len(sockets))
	for i, socket := range sockets {
		if !slices.Contains(places, i) {
			left = append(left, socket)
		}
	}
	return left
}

package cases

import (
	"fmt"
	"time"
)

// syncCases: what is known to have happened when a call returns, and that nobody pays for it.
var syncCases = []Case{
	{Name: "Sync: all that was sent has been handled", Run: func(s *Scene) {
		for i := range s.Traits().Window / 2 {
			s.Do(s.IO.Emit(s.Ctx(), "count", i))
			s.Expect(s.At(Root), "count", i)
		}
		s.Do(s.IO.Sync(s.Ctx()))
		s.wantAllNow(s.At(Root))
	}},
	{Name: "Sync: orders a server's own channel before that of all", Run: func(s *Scene) {
		for i, socket := range []Socket{s.On(0, Root)[0], s.On(1, Root)[0]} {
			room := s.Room(fmt.Sprint(i))
			s.Do(s.IO.ToServer(s.Servers()[i]).ToSocket(socket.ID()).Join(s.Ctx(), room))
			s.Do(s.IO.Sync(s.Ctx()))
			s.emitTo(s.IO, room)
			s.Expect([]Socket{socket}, "news", room)
		}
	}},
	{Name: "Sync: one server", Run: func(s *Scene) {
		here := s.IO.ToServer(s.Servers()[1])
		for i := range s.Traits().Window / 2 {
			s.Do(here.Emit(s.Ctx(), "count", i))
			s.Expect(s.On(1, Root), "count", i)
		}
		s.Do(here.Sync(s.Ctx()))
		s.wantAllNow(s.On(1, Root))
	}},
	{Name: "the servers' own calls stay as fast as they were", Needs: OwnCalls, Run: func(s *Scene) {
		s.AnswerServers()
		before := s.SlowestServerCall()
		s.Do(s.IO.Sync(s.Ctx()))
		_, err := s.IO.Sockets(s.Ctx())
		s.Do(err)
		during := s.SlowestServerCall() // our subscription to answers is kept for minutes
		s.Logf("the slowest of the servers' own calls: %v before, %v while we listen", before, during)
		if during > ServerStall {
			s.Errorf("a server's own call took %v, want less than %v", during, ServerStall)
		}
	}},
}

// ServerStall is more than a call of a server's own ever takes, unless it waits in vain: a server that counts one too
// many waits for 5 s.
const ServerStall = time.Second

// AnswerServers has all clients answer what servers ask in their own calls, and expects nothing else.
func (s *Scene) AnswerServers() {
	s.Helper()
	for _, socket := range s.At(Root) {
		s.Do(socket.Reply(s.Ctx(), ServerAsked))
	}
	s.ExpectCheck(s.At(Root), func(got []Event) error {
		for _, e := range got {
			if e.Name != ServerAsked {
				return fmt.Errorf("received %s", show(e))
			}
		}
		return nil
	})
}

// SlowestServerCall has both servers make each of their calls, and returns how long the slowest took.
func (s *Scene) SlowestServerCall() time.Duration {
	s.Helper()
	var slowest time.Duration
	for server := range s.Servers() {
		for _, call := range []ServerCall{ServerRooms, ServerFetch, ServerAsk} {
			took, err := s.On(server, Root)[0].ServerCall(s.Ctx(), call)
			s.Do(err)
			slowest = max(slowest, took)
		}
	}
	return slowest
}

// wantAllNow wants that the servers have handed over all that is expected so far: whatever they send to a client
// from now on comes after it.
func (s *Scene) wantAllNow(sockets []Socket) {
	s.Helper()
	for _, socket := range sockets {
		_, err := socket.InRoom(s.Ctx(), s.Room("none"))
		s.Do(err)
		if err := compare(s.want[socket], socket.Take()); err != nil {
			s.Errorf("socket %s at the end of Sync: %v", socket.Name(), err)
		}
		s.want[socket] = nil
	}
}

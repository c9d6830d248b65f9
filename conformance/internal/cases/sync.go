package cases

import (
	"context"
	"fmt"
	"time"

	"github.com/sioxide/emitter"
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
		for _, socket := range s.At(Root) {
			s.Do(socket.Reply(s.Ctx(), ServerAsked))
		}
		before := s.timeServerCalls()
		s.Do(s.IO.Sync(s.Ctx()))
		_, err := s.IO.Sockets(s.Ctx())
		s.Do(err)
		during := s.timeServerCalls() // our subscription to answers is kept for minutes
		s.Logf("the slowest of the servers' own calls: %v before, %v while we listen", before, during)
		const stall = time.Second // a server that counts one too many waits for 5 s
		if during > stall {
			s.Errorf("a server's own call took %v, want less than %v", during, stall)
		}
		s.ExpectCheck(s.At(Root), func(got []Event) error {
			for _, e := range got {
				if e.Name != ServerAsked {
					return fmt.Errorf("received %s", show(e))
				}
			}
			return nil
		})
	}},
}

// timeServerCalls has both servers make each of their calls, and returns how long the slowest took.
func (s *Scene) timeServerCalls() time.Duration {
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

// harmCases kill, stop or cut off a part of the cluster.
var harmCases = []Case{
	{Name: "a monitoring tool listens to everything", Needs: Harm, Run: func(s *Scene) {
		w := s.breakable()
		stop, err := w.Monitor(s.Ctx())
		s.Do(err)
		defer func() { s.Do(stop()) }()
		s.replyWithID(s.At(Root))
		start := time.Now()
		s.wantAcks(s.ask(s.IO, s.question()), s.At(Root))
		s.wantSockets(s.IO, s.At(Root))
		_, err = s.IO.Of("/nobody").Sockets(s.Ctx())
		s.wantError(err, emitter.ErrNoServers)
		if took := time.Since(start); took > time.Second {
			s.Errorf("three questions took %v", took)
		}
		s.Expect(s.At(Root), s.question())
	}},
	{Name: "a server that hangs", Needs: Harm, Run: func(s *Scene) {
		s.replyWithID(s.At(Root))
		s.wantServers(s.IO, s.both()...)
		resume, err := s.breakable().Pause(1)
		s.Do(err)
		io := s.IO.Timeout(time.Second)
		found, err := io.Sockets(s.Ctx())
		s.wantError(err, emitter.ErrTimeout)
		if len(found) != len(s.On(0, Root)) {
			s.Errorf("%d sockets came with the error, want %d", len(found), len(s.On(0, Root)))
		}
		acks := s.ask(io, s.question())
		got, end := s.collect(acks)
		s.wantError(end, emitter.ErrTimeout)
		if silent := acks.Silent(); len(got) != len(s.On(0, Root)) || len(silent) != 1 || silent[0] != s.Servers()[1] {
			s.Errorf("%d answers, silent %q, want %d and %q", len(got), silent, len(s.On(0, Root)), s.Servers()[1])
		}
		s.wantError(io.Sync(s.Ctx()), emitter.ErrTimeout)
		s.Do(resume())
		s.Do(s.IO.Sync(s.Ctx()))
		s.Expect(s.At(Root), s.question())
	}},
	{Name: "a server killed between question and answer", Needs: Harm, Run: func(s *Scene) {
		s.replyWithID(s.On(0, Root))
		ctx, cancel := context.WithCancel(s.Ctx())
		acks, err := s.IO.Timeout(caseTimeout).EmitWithAck(ctx, s.question())
		s.Do(err)
		s.until(func() bool { return len(acks.Silent()) == 0 && acks.Received() == len(s.On(0, Root)) })
		s.breakable().Kill(1)
		cancel() // nothing but our own patience would end it
		_, end := s.collect(acks)
		s.wantError(end, emitter.ErrTimeout)
		s.wantNumbers(acks, len(s.At(Root)), len(s.On(0, Root)))
		s.wantServers(s.IO, s.Servers()[0])
		s.wantSockets(s.IO, s.On(0, Root))
		s.Expect(s.On(0, Root), s.question())
		s.ExpectCheck(s.On(1, Root), func([]Event) error { return nil })
		s.ExpectLost(s.filter(func(x Socket) bool { return x.Server() == 1 })...)
	}},
	{Name: "the backend restarts, then the servers", Needs: Harm, Run: func(s *Scene) {
		w := s.breakable()
		s.wantServers(s.IO, s.both()...)
		w.Kill(0) // most servers stay deaf after a restart, but some come back by themselves
		w.Kill(1)
		s.Do(w.RestartBackend(s.Ctx()))
		start := time.Now()
		_, err := s.IO.Sockets(s.Ctx())
		s.wantError(err, emitter.ErrNoServers)
		if took := time.Since(start); took > time.Second {
			s.Errorf("no server was found after %v only", took)
		}
		s.Do(w.Revive(s.Ctx()))
		s.sockets = s.Standing()
		s.wantSockets(s.IO, s.At(Root))
		s.replyWithID(s.At(Root))
		s.wantAcks(s.ask(s.IO, s.question()), s.At(Root))
		s.Do(s.IO.Sync(s.Ctx()))
		s.Expect(s.At(Root), s.question())
	}},
}

func (s *Scene) both() []string {
	uids := s.Servers()
	return uids[:]
}

func (s *Scene) breakable() Breakable {
	w, ok := s.World.(Breakable)
	if !ok {
		s.Fatal("this world can't be harmed")
	}
	return w
}

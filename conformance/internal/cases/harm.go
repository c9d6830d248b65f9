package cases

import (
	"context"
	"errors"
	"time"

	"github.com/sioxide/emitter"
)

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
		if s.has(Counts) {
			_, err = s.IO.Of("/nobody").Sockets(s.Ctx())
			s.wantError(err, emitter.ErrNoServers)
		}
		if took := time.Since(start); took > time.Second {
			s.Errorf("the questions took %v", took)
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
		if s.has(Counts) { // otherwise it was dropped by now
			s.wantError(io.Sync(s.Ctx()), emitter.ErrTimeout)
		}
		s.Do(resume())
		s.Do(s.IO.Sync(s.Ctx()))
		s.Expect(s.At(Root), s.question())
	}},
	{Name: "a server killed between question and answer", Needs: Harm, Run: func(s *Scene) {
		s.replyWithID(s.On(0, Root))
		ctx, cancel := context.WithCancel(s.Ctx())
		acks, err := s.IO.Timeout(caseTimeout).EmitWithAck(ctx, s.question())
		s.Do(err)
		s.until(func() bool { return acks.Expected() == len(s.At(Root)) && acks.Received() == len(s.On(0, Root)) })
		s.breakable().Kill(1)
		cancel() // nothing but our own patience would end it
		_, end := s.collect(acks)
		s.wantError(end, emitter.ErrTimeout)
		s.wantNumbers(acks, len(s.At(Root)), len(s.On(0, Root)))
		s.dropSilent(1)
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
		s.reconnect()
		s.dropSilent(2)
		start := time.Now()
		_, err := s.brief(s.IO).Sockets(s.Ctx())
		s.wantError(err, emitter.ErrNoServers)
		if took := time.Since(start); took > time.Second && s.has(Counts) {
			s.Errorf("no server was found after %v only", took)
		}
		s.Revive()
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

// Revive replaces both servers and all sockets in the middle of a case; what the old sockets received is forgotten.
func (s *Scene) Revive() {
	s.Helper()
	s.Do(s.breakable().Revive(s.Ctx()))
	s.sockets = s.Standing()
}

// reconnect returns once our own client reaches the backend again; until then it may refuse to send, and says so.
func (s *Scene) reconnect() {
	s.Helper()
	const every = 5 * time.Millisecond
	for {
		err := s.IO.Emit(s.Ctx(), "nobody hears this")
		if !emitter.SafeToRetry(err) {
			s.Do(err)
			return
		}
		select {
		case <-time.After(every):
		case <-s.Ctx().Done():
			s.Fatal(err)
		}
	}
}

func (s *Scene) breakable() Breakable {
	w, ok := s.World.(Breakable)
	if !ok {
		s.Fatal("this world can't be harmed")
	}
	return w
}

// briefly is how long a question waits whose answer is that somebody is not there, where only its end can tell: a
// little longer than the second that servers are given to answer before anything is taken from their silence.
const briefly = 1200 * time.Millisecond

// brief shortens the wait of io where servers can't be counted.
func (s *Scene) brief(io emitter.Emitter) emitter.Emitter {
	if s.has(Counts) {
		return io
	}
	return io.Timeout(briefly)
}

// dropSilent asks until n servers that have died are waited for no more: not at all where the backend counts them.
func (s *Scene) dropSilent(n int) {
	s.Helper()
	for !s.has(Counts) {
		_, err := s.brief(s.IO).Servers(s.Ctx())
		if err == nil && n < len(s.both()) || errors.Is(err, emitter.ErrNoServers) && n == len(s.both()) {
			return
		}
		if s.wantError(err, emitter.ErrTimeout); s.Ctx().Err() != nil {
			s.Fatal(s.Ctx().Err())
		}
	}
}

func (s *Scene) has(ability Ability) bool { return s.Traits().Has&ability != 0 }

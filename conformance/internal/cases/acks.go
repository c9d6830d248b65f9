package cases

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/sioxide/emitter"
)

// ackCases: events that clients answer. Each uses an event name of its own, as clients go on answering it.
var ackCases = []Case{
	{Name: "ack: from nobody", Run: func(s *Scene) {
		acks := s.ask(s.IO.To(s.Room("empty")), s.question())
		s.wantAcks(acks, nil)
		_, err := acks.First()
		s.wantError(err, emitter.ErrNoAnswer)
	}},
	{Name: "ack: from one socket", Run: func(s *Scene) {
		socket := s.At(Root)[4]
		s.Do(socket.Reply(s.Ctx(), s.question(), "pong", 7))
		acks := s.ask(s.IO.ToSocket(socket.ID()), s.question(), "ping")
		ack, err := acks.First()
		s.Do(err)
		var text string
		var number int
		s.Do(ack.Decode(&text, &number))
		if text != "pong" || number != 7 || ack.Socket != socket.ID() || ack.Server != s.Servers()[1] {
			s.Errorf("answer %q, %d of socket %s on %s", text, number, ack.Socket, ack.Server)
		}
		s.wantNumbers(acks, 1, 1)
		s.Expect([]Socket{socket}, s.question(), "ping")
	}},
	{Name: "ack: from all sockets over two servers", Run: func(s *Scene) {
		s.replyWithID(s.At(Root))
		s.wantAcks(s.ask(s.IO, s.question()), s.At(Root))
		s.Expect(s.At(Root), s.question())
	}},
	{Name: "ack: from the sockets of one server", Run: func(s *Scene) {
		s.replyWithID(s.On(1, Root))
		s.wantAcks(s.ask(s.IO.ToServer(s.Servers()[1]), s.question()), s.On(1, Root))
		s.Expect(s.On(1, Root), s.question())
	}},
	{Name: "ack: from a room, except another, in a namespace", Run: func(s *Scene) {
		all := s.At(Dynamic)
		a, b := s.Put("a", all...), s.Put("b", all[0])
		s.replyWithID(all)
		s.wantAcks(s.ask(s.IO.Of(Dynamic).To(a).Except(b), s.question()), all[1:])
		s.Expect(all[1:], s.question())
	}},
	{Name: "ack: one answer of a socket in two rooms", Run: func(s *Scene) {
		all := s.At(Root)
		a, b := s.Put("a", all[0]), s.Put("b", pick(all, 0, 3)...)
		s.replyWithID(pick(all, 0, 3))
		s.wantAcks(s.ask(s.IO.To(a, b), s.question()), pick(all, 0, 3))
		s.Expect(pick(all, 0, 3), s.question())
		s.expectTwice(all[0], s.question())
	}},
	{Name: "ack: every kind of value, both ways", Run: func(s *Scene) {
		socket := s.At(Root)[0]
		args := []any{nil, true, -1.5, unicodeText, []any{1.0, "a"}, map[string]any{"k": map[string]any{"n": nil}}}
		s.Do(socket.Reply(s.Ctx(), s.question(), args...))
		got := s.onlyAck(s.ask(s.IO.ToSocket(socket.ID()), s.question(), args...), len(args))
		s.Do(compare([]Event{{"answer", args}}, []Event{{"answer", got}}))
		s.Expect([]Socket{socket}, s.question(), args...)
	}},
	{Name: "ack: without arguments", Run: func(s *Scene) {
		socket := s.At(Admin)[1]
		s.Do(socket.Reply(s.Ctx(), s.question()))
		ack, err := s.ask(s.IO.Of(Admin).ToSocket(socket.ID()), s.question()).First()
		s.Do(err)
		s.Do(ack.Decode())
		s.Expect([]Socket{socket}, s.question())
	}},
	{Name: "ack: with bytes, alone and nested", Run: func(s *Scene) {
		socket, big := s.At(Root)[3], pattern(1<<18)
		s.Do(socket.Reply(s.Ctx(), s.question(), big, map[string]any{"body": []byte{0, 255}}))
		ack, err := s.ask(s.IO.ToSocket(socket.ID()), s.question(), []byte{9}).First()
		s.Do(err)
		var whole []byte
		var nested struct {
			Body []byte `json:"body"`
		}
		s.Do(ack.Decode(&whole, &nested))
		if !bytes.Equal(whole, big) || !bytes.Equal(nested.Body, []byte{0, 255}) {
			s.Errorf("answer of %d bytes and %v", len(whole), nested.Body)
		}
		s.Expect([]Socket{socket}, s.question(), []byte{9})
	}},
	{Name: "ack: a client that never answers", Run: func(s *Scene) {
		all := s.At(Root)
		s.replyWithID(without(all, 2))
		start := time.Now()
		acks, end := s.collect(s.ask(s.IO, s.question()))
		s.Do(end)
		s.wantError(acks[all[2].ID()].Err, emitter.ErrAckTimeout)
		if took := time.Since(start); len(acks) != len(all) || took < s.Traits().AckTimeout {
			s.Errorf("%d answers after %v, want %d after %v", len(acks), took, len(all), s.Traits().AckTimeout)
		}
		s.Expect(all, s.question())
	}},
	{Name: "ack: a client that never answers, with Timeout", Run: func(s *Scene) {
		timeout := 200 * time.Millisecond
		if !s.Traits().HonoursTimeout {
			timeout = 800 * time.Millisecond // so that these servers' own time, of a second, is well within ours
		}
		all := s.At(Root)
		s.replyWithID(without(all, 4))
		start := time.Now()
		acks, end := s.collect(s.ask(s.IO.Timeout(timeout), s.question()))
		took := time.Since(start)
		s.Expect(all, s.question())
		switch {
		case s.Traits().HonoursTimeout && took > timeout+s.Traits().AckTimeout/2:
			s.Errorf("took %v: the servers do not wait as long as they were told", took)
		case s.Traits().HonoursTimeout || s.Traits().AckTimeout < timeout+time.Second:
			s.Do(end)
			s.wantError(acks[all[4].ID()].Err, emitter.ErrAckTimeout)
		default: // these servers tell of it later than we wait
			s.wantError(end, emitter.ErrTimeout)
		}
	}},
	{Name: "ack: a client that leaves in the middle", Run: func(s *Scene) {
		leaver, stayer := s.Add(0, Root, nil), s.Add(1, Root, nil)
		room := s.Put("a", leaver, stayer)
		s.Do(leaver.LeaveOn(s.Ctx(), s.question()))
		s.replyWithID([]Socket{stayer})
		acks, end := s.collect(s.ask(s.IO.To(room), s.question()))
		s.Do(end)
		s.wantError(acks[leaver.ID()].Err, emitter.ErrSocketClosed)
		s.Do(acks[stayer.ID()].Err)
		s.Expect([]Socket{leaver, stayer}, s.question())
		s.ExpectLeft(leaver)
	}},
	{Name: "ack: the caller stops reading", Run: func(s *Scene) {
		s.replyWithID(s.At(Root))
		for _, err := range s.ask(s.IO, s.question()).All() {
			s.Do(err)
			break
		}
		s.wantAcks(s.ask(s.IO, s.question()), s.At(Root))
		for range 2 {
			s.Expect(s.At(Root), s.question())
		}
	}},
	{Name: "ack: the context ends", Run: func(s *Scene) {
		socket := s.At(Root)[0]
		ctx, cancel := context.WithCancel(s.Ctx())
		acks, err := s.IO.ToSocket(socket.ID()).EmitWithAck(ctx, s.question())
		s.Do(err)
		cancel()
		_, err = acks.First()
		s.wantError(err, context.Canceled)
		s.wantError(err, emitter.ErrTimeout)
		s.Expect([]Socket{socket}, s.question())
	}},
	{Name: "ack: no server", Run: func(s *Scene) {
		acks, err := s.brief(s.IO).Of("/nobody").EmitWithAck(s.Ctx(), "news")
		if err == nil && !s.has(Counts) { // then it shows at the end
			_, err = s.collect(acks)
		}
		s.wantError(err, emitter.ErrNoServers)
	}},
	{Name: "200 questions at once", Run: func(s *Scene) {
		s.replyWithID(s.At(Root))
		all := s.At(Root)
		s.inFlight(200, func(i int) error {
			socket := all[i%len(all)]
			switch i % 3 {
			case 0:
				return s.askOne(socket)
			case 1:
				found, err := s.IO.ToSocket(socket.ID()).Sockets(s.Ctx())
				if err == nil && (len(found) != 1 || found[0].ID != socket.ID()) {
					err = fmt.Errorf("question %d: found %v, want %s", i, found, socket.ID())
				}
				return err
			}
			servers, err := s.IO.Servers(s.Ctx())
			if err == nil && len(servers) != 2 {
				err = fmt.Errorf("question %d: %d servers", i, len(servers))
			}
			return err
		})
		s.ExpectCheck(all, func(got []Event) error { return nil })
	}},
}

// question is the event name of this case's own.
func (s *Scene) question() string { return s.Room("question") }

// replyWithID has sockets answer the question with their id.
func (s *Scene) replyWithID(sockets []Socket) {
	s.Helper()
	for _, socket := range sockets {
		s.Do(socket.Reply(s.Ctx(), s.question(), socket.ID()))
	}
}

func (s *Scene) ask(io emitter.Emitter, event string, args ...any) *emitter.Acks {
	s.Helper()
	acks, err := io.EmitWithAck(s.Ctx(), event, args...)
	s.Do(err)
	s.Cleanup(func() { s.report(acks.Close()) })
	return acks
}

// collect reads a stream to its end, and returns how it ended.
func (s *Scene) collect(acks *emitter.Acks) (map[string]emitter.Ack, error) {
	s.Helper()
	got := make(map[string]emitter.Ack)
	for ack, err := range acks.All() {
		if err != nil {
			return got, err
		}
		if _, twice := got[ack.Socket]; twice {
			s.Errorf("socket %s answered twice", ack.Socket)
		}
		got[ack.Socket] = ack
	}
	return got, nil
}

// wantAcks wants the stream to hold one answer of each of these sockets, its id, and nothing else.
func (s *Scene) wantAcks(acks *emitter.Acks, sockets []Socket) {
	s.Helper()
	got, err := s.collect(acks)
	s.Do(err)
	for _, socket := range sockets {
		ack, ok := got[socket.ID()]
		if !ok {
			s.Errorf("no answer of socket %s", socket.Name())
			continue
		}
		id, err := emitter.AckArg[string](ack)
		if err != nil || id != socket.ID() || ack.Server != s.Servers()[socket.Server()] {
			s.Errorf("answer of socket %s: %q from server %s: %v", socket.Name(), id, ack.Server, err)
		}
	}
	if len(got) != len(sockets) {
		s.Errorf("%d answers, want %d", len(got), len(sockets))
	}
	s.wantNumbers(acks, len(sockets), len(sockets))
	if silent := acks.Silent(); len(silent) != 0 {
		s.Errorf("silent servers: %v", silent)
	}
}

func (s *Scene) wantNumbers(acks *emitter.Acks, expected, received int) {
	s.Helper()
	if acks.Expected() != expected || acks.Received() != received {
		s.Errorf("%d of %d answers, want %d of %d", acks.Received(), acks.Expected(), received, expected)
	}
}

// onlyAck returns the n arguments of the only answer.
func (s *Scene) onlyAck(acks *emitter.Acks, n int) []any {
	s.Helper()
	got, err := s.collect(acks)
	s.Do(err)
	if len(got) != 1 {
		s.Fatalf("%d answers, want 1", len(got))
	}
	args, dst := make([]any, n), make([]any, n)
	for i := range args {
		dst[i] = &args[i]
	}
	for _, ack := range got {
		s.Do(ack.Decode(dst...))
	}
	return args
}

func (s *Scene) askOne(socket Socket) error {
	acks, err := s.IO.ToSocket(socket.ID()).EmitWithAck(s.Ctx(), s.question())
	if err != nil {
		return err
	}
	ack, err := acks.First()
	if err := errors.Join(err, acks.Close()); err != nil {
		return err
	}
	if id, err := emitter.AckArg[string](ack); err != nil || id != socket.ID() {
		return fmt.Errorf("answer %q, want %q: %w", id, socket.ID(), err)
	}
	return nil
}

// inFlight runs do n times at once, or as many at a time as servers take questions.
func (s *Scene) inFlight(n int, do func(i int) error) {
	s.Helper()
	var all sync.WaitGroup
	errs := make([]error, n)
	turn := make(chan struct{}, s.Traits().Questions)
	for i := range n {
		all.Go(func() {
			turn <- struct{}{}
			errs[i] = do(i)
			<-turn
		})
	}
	all.Wait()
	s.Do(errors.Join(errs...))
}

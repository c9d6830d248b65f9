package memory

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/conformance/internal/cases"
	"github.com/sioxide/emitter/emittertest"
)

type socket struct {
	world  *World
	client *emittertest.Socket
	name   string
	server int

	mu      sync.Mutex
	replies map[string]func() []any
	taken   int
	left    bool
}

func (s *socket) Name() string      { return s.name }
func (s *socket) ID() string        { return s.client.ID }
func (s *socket) Server() int       { return s.server }
func (s *socket) Namespace() string { return s.client.Namespace }
func (s *socket) Prefix() string    { return emitter.DefaultPrefix }

// own addresses this socket on its own server, with an emitter that has no part in the case.
func (s *socket) own() emitter.Emitter {
	return emitter.New(s.world.cluster).Of(s.client.Namespace).ToServer(s.client.Server).ToSocket(s.client.ID)
}

func (s *socket) Join(ctx context.Context, rooms ...string) error { return s.own().Join(ctx, rooms...) }
func (s *socket) Leave(ctx context.Context, rooms ...string) error {
	return s.own().Leave(ctx, rooms...)
}

func (s *socket) InRoom(ctx context.Context, room string) (bool, error) {
	io := emitter.New(s.world.cluster).Of(s.client.Namespace)
	rooms, err := io.ToServer(s.client.Server).To(room).Rooms(ctx)
	return len(rooms) > 0, err
}

func (s *socket) Reply(_ context.Context, event string, args ...any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replies[event] = func() []any { return args }
	return nil
}

func (s *socket) LeaveOn(_ context.Context, event string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replies[event] = func() []any {
		s.leave()
		return s.never()
	}
	return nil
}

// answer answers the events that a case has set an answer for, and no others.
func (s *socket) answer(event string, _ []any) []any {
	s.mu.Lock()
	reply := s.replies[event]
	s.mu.Unlock()
	if reply == nil {
		return s.never()
	}
	return reply()
}

// never returns when the world ends.
func (s *socket) never() []any {
	<-s.world.closed
	return nil
}

func (s *socket) ServerCall(context.Context, cases.ServerCall) (time.Duration, error) {
	return 0, errors.ErrUnsupported
}

func (s *socket) Take() []cases.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	var events []cases.Event
	received := s.client.Received()
	for _, e := range received[s.taken:] {
		events = append(events, cases.Event(e))
	}
	s.taken = len(received)
	return events
}

func (s *socket) Disconnected() (reason string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.client.Connected():
		return "", false
	case s.left:
		return cases.ByClient, true
	}
	return cases.ByServer, true
}

func (s *socket) Close(context.Context) error {
	s.leave()
	return nil
}

func (s *socket) leave() {
	s.mu.Lock()
	s.left = true
	s.mu.Unlock()
	s.client.Disconnect()
}

package cases

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/sioxide/emitter"
)

// caseTimeout is far beyond what any case needs: reaching it means that something was lost.
const caseTimeout = 30 * time.Second

// Case is one thing that an emitter does, with all that every socket may see of it. Run acts and says what it
// expects; what it does not expect must not happen to any socket.
type Case struct {
	Name string
	Run  func(*Scene)
	// Needs are abilities without which the case makes no sense. After Harm the world must be revived.
	Needs Ability
}

// Harms tells whether the world must be revived afterwards, and, where its backend does not count servers, be seen
// by a driver that has never heard of the old ones.
func (c Case) Harms() bool { return c.Needs&Harm != 0 }

// Scene is one run of a case in a world.
type Scene struct {
	testing.TB
	World
	IO  emitter.Emitter
	ctx context.Context

	name    string
	sockets []Socket // standing ones and those of this case
	joined  map[Socket][]string
	checks  map[Socket]func([]Event) error
	want    map[Socket][]Event
	early   map[Socket][]Event // taken before the case was settled
	gone    map[Socket]string  // the reason that the client must give
}

// Play runs the case in w. run names it in the rooms, so that cases share a world and see nothing of each other.
func (c Case) Play(t testing.TB, w World, run string) {
	ctx, cancel := context.WithTimeout(t.Context(), caseTimeout)
	defer cancel()
	s := &Scene{
		TB: t, World: w, IO: w.Emitter(), ctx: ctx,
		name:    run,
		sockets: slices.Clone(w.Standing()),
		joined:  make(map[Socket][]string),
		checks:  make(map[Socket]func([]Event) error),
		want:    make(map[Socket][]Event),
		early:   make(map[Socket][]Event),
		gone:    make(map[Socket]string),
	}
	defer s.cleanUp()
	c.Run(s)
	s.settle()
	for _, socket := range s.sockets {
		s.judge(socket)
	}
}

// Do fails the case at an error.
func (s *Scene) Do(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *Scene) wantError(err, want error) {
	s.Helper()
	if !errors.Is(err, want) {
		s.Errorf("error %v, want %v", err, want)
	}
}

// Ctx is that of the case.
func (s *Scene) Ctx() context.Context { return s.ctx }

// Room names a room of this case alone.
func (s *Scene) Room(name string) string { return s.name + "-" + name }

// At lists the sockets of the cluster under test in a namespace.
func (s *Scene) At(namespace string) []Socket {
	return s.filter(func(x Socket) bool { return x.Namespace() == namespace && x.Prefix() != OtherPrefix })
}

// On lists the sockets of a namespace on one server.
func (s *Scene) On(server int, namespace string) []Socket {
	return s.filter(func(x Socket) bool {
		return x.Namespace() == namespace && x.Prefix() != OtherPrefix && x.Server() == server
	})
}

// OfOther lists the sockets of the cluster with the other prefix.
func (s *Scene) OfOther() []Socket {
	return s.filter(func(x Socket) bool { return x.Prefix() == OtherPrefix })
}

func (s *Scene) filter(keep func(Socket) bool) []Socket {
	var found []Socket
	for _, socket := range s.sockets {
		if keep(socket) {
			found = append(found, socket)
		}
	}
	return found
}

// Put has the server join sockets to a room of this case, at the clients' own request.
func (s *Scene) Put(room string, sockets ...Socket) string {
	s.Helper()
	name := s.Room(room)
	for _, socket := range sockets {
		s.Do(socket.Join(s.ctx, name))
		s.joined[socket] = append(s.joined[socket], name)
	}
	return name
}

// Add connects a socket for this case only.
func (s *Scene) Add(server int, namespace string, shared Socket) Socket {
	s.Helper()
	socket, err := s.Connect(s.ctx, server, namespace, shared)
	s.Do(err)
	s.sockets = append(s.sockets, socket)
	return socket
}

// Expect adds an event to what sockets must receive, after what is expected already.
func (s *Scene) Expect(sockets []Socket, name string, args ...any) {
	for _, socket := range sockets {
		s.want[socket] = append(s.want[socket], Event{Name: name, Args: args})
	}
}

// ExpectVolatile is Expect for an event that may overtake others and be overtaken: a server keeps volatile events
// apart from its queue of a socket (engineioxide, src/socket.rs: volatile_tx). It waits until the event is there.
func (s *Scene) ExpectVolatile(sockets []Socket, name string, args ...any) {
	s.Helper()
	for _, socket := range sockets {
		s.until(func() bool {
			s.early[socket] = append(s.early[socket], socket.Take()...)
			return len(s.early[socket]) > 0
		})
	}
	s.Expect(sockets, name, args...)
}

// ExpectCheck has check look at all that sockets received, in place of a comparison.
func (s *Scene) ExpectCheck(sockets []Socket, check func([]Event) error) {
	for _, socket := range sockets {
		s.checks[socket] = check
	}
}

// ExpectGone expects the server to disconnect sockets from their namespace.
func (s *Scene) ExpectGone(sockets ...Socket) {
	s.expectReason(ByServer, sockets)
}

// ExpectLeft expects that sockets have left by themselves.
func (s *Scene) ExpectLeft(sockets ...Socket) { s.expectReason(ByClient, sockets) }

// ExpectLost expects that the connections of sockets are gone.
func (s *Scene) ExpectLost(sockets ...Socket) { s.expectReason(ByLoss, sockets) }

func (s *Scene) expectReason(reason string, sockets []Socket) {
	for _, socket := range sockets {
		s.gone[socket] = reason
	}
}

// until waits for a fact that nothing tells of.
func (s *Scene) until(done func() bool) {
	s.Helper()
	const every = time.Millisecond
	for !done() {
		select {
		case <-time.After(every):
		case <-s.ctx.Done():
			s.Fatal(s.ctx.Err())
		}
	}
}

// settle is Settle for a case.
func (s *Scene) settle() {
	s.Helper()
	s.Do(s.Settle(s.ctx))
}

func (s *Scene) judge(socket Socket) {
	s.Helper()
	got := append(s.early[socket], socket.Take()...)
	check := s.checks[socket]
	if check == nil {
		check = func(got []Event) error { return compare(s.want[socket], got) }
	}
	if err := check(got); err != nil {
		s.Errorf("socket %s: %v", socket.Name(), err)
	}
	switch reason, gone := socket.Disconnected(); {
	case gone && s.gone[socket] == "":
		s.Errorf("socket %s was disconnected (%s): it should have stayed", socket.Name(), reason)
	case !gone && s.gone[socket] != "":
		s.Errorf("socket %s is still connected: it should have been disconnected", socket.Name())
	case gone && reason != s.gone[socket]:
		s.Errorf("socket %s was disconnected for the reason %q, want %q", socket.Name(), reason, s.gone[socket])
	}
}

// cleanUp leaves the world as it was: standing sockets in no room of this case, its own sockets closed.
func (s *Scene) cleanUp() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), caseTimeout)
	defer cancel()
	for socket, rooms := range s.joined {
		if _, gone := socket.Disconnected(); !gone {
			s.report(socket.Leave(ctx, rooms...))
		}
	}
	for _, socket := range s.sockets[len(s.Standing()):] {
		if _, gone := socket.Disconnected(); !gone {
			s.report(socket.Close(ctx))
		}
	}
	for _, socket := range s.Standing() {
		socket.Take()
	}
}

func (s *Scene) report(err error) {
	if err != nil {
		s.Error(fmt.Errorf("clean up: %w", err))
	}
}

package jsclient

import (
	"context"
	"fmt"
	"sync"
)

// Event is what a socket received.
type Event struct {
	Name string
	Args []any // nil, bool, float64, string, []byte, []any, map[string]any or Undefined
	Ack  bool  // the sender waits for an answer
}

// Socket is one socket of a client: a connection to one namespace.
type Socket struct {
	Namespace string
	ID        string // as the client knows it
	Server    string // the uid of the server that it is connected to
	clients   *Clients
	key       string

	mu       sync.Mutex
	changed  chan struct{} // closed and replaced whenever something below changes
	ready    bool
	events   []Event
	answers  map[int][]any
	requests int
	reason   string // why it was disconnected
	gone     bool
	err      error
}

func newSocket(c *Clients, key, namespace string) *Socket {
	return &Socket{
		Namespace: namespace,
		clients:   c,
		key:       key,
		changed:   make(chan struct{}),
		answers:   make(map[int][]any),
	}
}

func (s *Socket) handle(r report) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch r.Type {
	case "connected":
		s.ID = r.ID
	case "refused":
		s.err = fmt.Errorf("refused: %s", r.Reason)
	case "disconnected":
		s.gone, s.reason = true, r.Reason
	case "answer":
		s.answers[r.Request] = r.Args
	case "event":
		if !s.ready && r.Name == "ready" {
			s.ready, s.Server = true, serverOf(r.Args)
			break
		}
		s.events = append(s.events, Event{Name: r.Name, Args: r.Args, Ack: r.Ack})
	}
	s.wake()
}

// serverOf reads the argument of the event "ready" (servers/src/handlers.rs: Identity).
func serverOf(args []any) string {
	if len(args) == 0 {
		return ""
	}
	identity, _ := args[0].(map[string]any)
	server, _ := identity["server"].(string)
	return server
}

func (s *Socket) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *Socket) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
	s.wake()
}

// wait returns once done, which runs with the socket locked, says so.
func (s *Socket) wait(ctx context.Context, done func() bool) error {
	for {
		s.mu.Lock()
		ok, err, changed := done(), s.err, s.changed
		s.mu.Unlock()
		if ok {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *Socket) waitReady(ctx context.Context) error {
	return s.wait(ctx, func() bool { return s.ready })
}

// Until returns once done holds for all events received so far, or the socket is disconnected.
func (s *Socket) Until(ctx context.Context, done func([]Event) bool) error {
	return s.wait(ctx, func() bool { return s.gone || done(s.events) })
}

// Take removes and returns all events received so far.
func (s *Socket) Take() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	events := s.events
	s.events = nil
	return events
}

// Disconnected tells whether the socket has left its namespace, and the client's reason.
func (s *Socket) Disconnected() (reason string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reason, s.gone
}

// Request emits an event to the server and returns the arguments of its answer.
func (s *Socket) Request(ctx context.Context, name string, args ...any) ([]any, error) {
	answer, err := s.exchange(ctx, "request", map[string]any{"name": name, "args": encodeValues(args)})
	if err != nil {
		return nil, fmt.Errorf("request %s of socket %s: %w", name, s.ID, err)
	}
	return answer, nil
}

// Reply has the client acknowledge each event of that name with args from now on.
func (s *Socket) Reply(ctx context.Context, name string, args ...any) error {
	_, err := s.exchange(ctx, "answer", map[string]any{"name": name, "how": "reply", "args": encodeValues(args)})
	return err
}

// LeaveOn has the client disconnect instead of acknowledging an event of that name.
func (s *Socket) LeaveOn(ctx context.Context, name string) error {
	_, err := s.exchange(ctx, "answer", map[string]any{"name": name, "how": "leave"})
	return err
}

// Disconnect leaves the namespace and returns once the client says so.
func (s *Socket) Disconnect(ctx context.Context) error {
	if err := s.command("disconnect", map[string]any{}); err != nil {
		return err
	}
	return s.wait(ctx, func() bool { return s.gone })
}

// exchange sends a command and returns the arguments of the answer to it.
func (s *Socket) exchange(ctx context.Context, op string, fields map[string]any) ([]any, error) {
	s.mu.Lock()
	s.requests++
	n := s.requests
	s.mu.Unlock()
	fields["request"] = n
	if err := s.command(op, fields); err != nil {
		return nil, err
	}
	var answer []any
	err := s.wait(ctx, func() bool {
		answer = s.answers[n]
		delete(s.answers, n)
		return answer != nil || s.gone
	})
	if err == nil && answer == nil {
		reason, _ := s.Disconnected()
		err = fmt.Errorf("disconnected: %s", reason)
	}
	return answer, err
}

func (s *Socket) command(op string, fields map[string]any) error {
	fields["op"], fields["socket"] = op, s.key
	return s.clients.send(fields)
}

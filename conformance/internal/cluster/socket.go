package cluster

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/sioxide/emitter/conformance/internal/cases"
	"github.com/sioxide/emitter/conformance/internal/jsclient"
)

// socket is a client's socket as the cases see it.
type socket struct {
	cluster *Cluster
	client  *jsclient.Socket
	name    string
	server  int
	prefix  string
	conn    string
}

func (s *socket) Name() string      { return s.name }
func (s *socket) ID() string        { return s.client.ID }
func (s *socket) Server() int       { return s.server }
func (s *socket) Namespace() string { return s.client.Namespace }
func (s *socket) Prefix() string    { return s.prefix }

func (s *socket) Disconnected() (reason string, ok bool) { return s.client.Disconnected() }

// Close returns once the server has noticed, so that no later question counts the socket.
func (s *socket) Close(ctx context.Context) error {
	if err := s.client.Disconnect(ctx); err != nil {
		return err
	}
	return s.cluster.waitLeft(ctx, s)
}

func (s *socket) Join(ctx context.Context, rooms ...string) error {
	_, err := s.client.Request(ctx, "join", list(rooms))
	return err
}

func (s *socket) Leave(ctx context.Context, rooms ...string) error {
	_, err := s.client.Request(ctx, "leave", list(rooms))
	return err
}

func (s *socket) InRoom(ctx context.Context, room string) (bool, error) {
	answer, err := s.client.Request(ctx, "local_rooms", list([]string{room}))
	if err != nil {
		return false, err
	}
	if len(answer) == 1 {
		if fields, ok := answer[0].(map[string]any); ok {
			rooms, err := names(fields["rooms"])
			return len(rooms) > 0, err
		}
	}
	return false, fmt.Errorf("local_rooms of %s: unexpected answer %v", s.name, answer)
}

func (s *socket) Reply(ctx context.Context, event string, args ...any) error {
	return s.client.Reply(ctx, event, args...)
}

func (s *socket) LeaveOn(ctx context.Context, event string) error {
	return s.client.LeaveOn(ctx, event)
}

func (s *socket) ServerCall(ctx context.Context, call cases.ServerCall) (time.Duration, error) {
	answer, err := s.client.Request(ctx, string(call), []any{})
	if err != nil {
		return 0, err
	}
	if len(answer) == 1 {
		if fields, ok := answer[0].(map[string]any); ok {
			if ms, ok := fields["ms"].(float64); ok {
				return time.Duration(ms * float64(time.Millisecond)), nil
			}
		}
	}
	return 0, fmt.Errorf("%s of %s: unexpected answer %v", call, s.name, answer)
}

func (s *socket) Take() []cases.Event {
	var events []cases.Event
	for _, e := range s.client.Take() {
		if e.Name != marker {
			events = append(events, cases.Event{Name: e.Name, Args: e.Args})
		}
	}
	return events
}

// waitLeft returns once the servers list a socket no more. In a namespace where none stands nobody will ask.
func (c *Cluster) waitLeft(ctx context.Context, gone *socket) error {
	i := slices.IndexFunc(c.standing, func(s *socket) bool {
		return s.Namespace() == gone.Namespace() && s.prefix == gone.prefix
	})
	if i < 0 {
		return nil
	}
	for {
		ids, err := c.standing[i].listed(ctx)
		if err != nil || !slices.Contains(ids, gone.ID()) {
			return err
		}
	}
}

// listed has the server ask the cluster for the ids of all sockets in this one's namespace.
func (s *socket) listed(ctx context.Context) ([]string, error) {
	answer, err := s.client.Request(ctx, string(cases.ServerFetch), []any{})
	if err != nil {
		return nil, err
	}
	fields, _ := answer[0].(map[string]any)
	sockets, ok := fields["sockets"].([]any)
	if !ok {
		return nil, fmt.Errorf("fetch of %s: unexpected answer %v", s.name, answer)
	}
	ids := make([]string, len(sockets))
	for i, socket := range sockets {
		data, _ := socket.(map[string]any)
		ids[i], _ = data["id"].(string)
	}
	return ids, nil
}

func list(names []string) []any {
	out := make([]any, len(names))
	for i, name := range names {
		out[i] = name
	}
	return out
}

func names(v any) ([]string, error) {
	items, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("want a list of rooms, got %T", v)
	}
	out := make([]string, len(items))
	for i, item := range items {
		if out[i], ok = item.(string); !ok {
			return nil, fmt.Errorf("want the name of a room, got %T", item)
		}
	}
	return out, nil
}

// stand connects the standing sockets: on each server three in the root namespace, the last of which shares its
// connection with one in /admin and one in a dynamic namespace, and one on each other prefix.
func (c *Cluster) stand(ctx context.Context) error {
	for server := range c.Servers {
		var shared *socket
		for _, namespace := range []string{cases.Root, cases.Root, cases.Root, cases.Admin, cases.Dynamic} {
			on := shared
			if namespace == cases.Root {
				on = nil
			}
			s, err := c.connect(ctx, server, 0, namespace, on)
			if err != nil {
				return err
			}
			shared = s
		}
		for other := 1; other < len(c.Servers[server].Instances); other++ {
			if _, err := c.connect(ctx, server, other, cases.Root, nil); err != nil {
				return err
			}
		}
	}
	c.standing = slices.Clone(c.sockets)
	return nil
}

// connect adds a socket on one of a server's instances and returns once nothing sent to it can be lost.
func (c *Cluster) connect(ctx context.Context, server, instance int, namespace string, shared *socket) (*socket, error) {
	at := c.Servers[server].Instances[instance]
	s := &socket{cluster: c, server: server, prefix: at.Prefix}
	if shared != nil {
		s.conn = shared.conn
	} else {
		c.conns++
		s.conn = fmt.Sprint(c.conns)
	}
	s.name = fmt.Sprintf("%d of server %d in %s (prefix %s)", len(c.sockets), server, namespace, at.Prefix)
	var err error
	s.client, err = c.clients.Connect(ctx, jsclient.Options{
		URL: at.URL(), Namespace: namespace, Parser: c.config.Parser.String(), Connection: s.conn,
	})
	if err != nil {
		return nil, err
	}
	c.sockets = append(c.sockets, s)
	return s, c.waitHeard(ctx, s, at)
}

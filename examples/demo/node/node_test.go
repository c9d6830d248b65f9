package node

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/coder/websocket"
	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/examples/demo/client"
	"github.com/sioxide/emitter/examples/demo/socketio"
	"github.com/sioxide/emitter/protocol"
)

// world is two nodes on a Redis of their own, and an asker.
type world struct {
	t     *testing.T
	ctx   context.Context
	nodes [2]*Node
	redis *redis.Client
	asker protocol.ID
}

func newWorld(t *testing.T, cfg Config) *world {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	cfg.Redis = miniredis.RunT(t).Addr()
	cfg.Namespaces = []string{"/", "/admin"}
	w := &world{t: t, ctx: ctx, asker: protocol.NewID()}
	for i := range w.nodes {
		n, err := Start(ctx, cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := n.Close(); err != nil {
				t.Error(err)
			}
		})
		w.nodes[i] = n
	}
	w.redis = redis.NewClient(&redis.Options{Addr: cfg.Redis, Protocol: 2})
	t.Cleanup(func() { _ = w.redis.Close() })
	return w
}

func (w *world) dial(node int) *client.Conn {
	w.t.Helper()
	c, err := client.Dial(w.ctx, w.nodes[node].URL(), w.nodes[node].parser)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(c.Close)
	return c
}

func (w *world) enter(c *client.Conn, namespace string, rooms ...string) *client.Socket {
	w.t.Helper()
	s, err := c.Connect(w.ctx, namespace, map[string]any{"rooms": rooms})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// send publishes a request, in the namespace "/" if it names none.
func (w *world) send(req protocol.Request) {
	w.t.Helper()
	if req.Namespace == "" {
		req.Namespace = "/"
	}
	req.Node = w.asker
	if req.ID.IsZero() {
		req.ID = protocol.NewID()
	}
	channel := emitter.RequestChannel("socket.io", req.Namespace, req.Server)
	if err := w.redis.Publish(w.ctx, channel, req.AppendMsgpack(nil)).Err(); err != nil {
		w.t.Fatal(err)
	}
}

// ask sends a request and returns the responses, n of them.
func (w *world) ask(req protocol.Request, n int) []protocol.Response {
	w.t.Helper()
	sub := w.redis.Subscribe(w.ctx, emitter.ResponseChannel("socket.io", "/", w.asker.String()))
	defer func() { _ = sub.Close() }()
	if _, err := sub.Receive(w.ctx); err != nil {
		w.t.Fatal(err)
	}
	req.ID = protocol.NewID()
	w.send(req)
	var out []protocol.Response
	for range n {
		msg, err := sub.ReceiveMessage(w.ctx)
		if err != nil {
			w.t.Fatalf("after %d of %d responses: %v", len(out), n, err)
		}
		res, err := protocol.DecodeAddressedResponse([]byte(msg.Payload))
		if err != nil {
			w.t.Fatal(err)
		}
		if res.Request != req.ID {
			w.t.Errorf("response to %s, want %s", res.Request, req.ID)
		}
		out = append(out, *res)
	}
	return out
}

func (w *world) event(p socketio.Parser, namespace, name string, args ...any) protocol.Packet {
	w.t.Helper()
	v, err := p.Marshal(append([]any{name}, args...))
	if err != nil {
		w.t.Fatal(err)
	}
	pk := protocol.Packet{Namespace: namespace, Type: protocol.Event, Data: protocol.Value{Data: v.Raw, Attachments: v.Attachments}}
	if p == socketio.Msgpack {
		pk.Data.Kind = protocol.Binary
	} else if len(v.Attachments) > 0 {
		pk.Type = protocol.BinaryEvent
	}
	return pk
}

func (w *world) next(s *client.Socket) client.Event {
	w.t.Helper()
	e, err := s.Next(w.ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

var toAll = protocol.Opts{Flags: protocol.FlagBroadcast}

func eachParser(t *testing.T, test func(t *testing.T, p socketio.Parser)) {
	for _, p := range []socketio.Parser{socketio.Common, socketio.Msgpack} {
		t.Run(p.String(), func(t *testing.T) { test(t, p) })
	}
}

func TestBroadcast(t *testing.T) {
	eachParser(t, func(t *testing.T, p socketio.Parser) {
		w := newWorld(t, Config{Parser: p})
		conn := w.dial(0)
		a, admin := w.enter(conn, "/"), w.enter(conn, "/admin")
		b := w.enter(w.dial(1), "/", "room")
		args := []any{1.0, []byte{1, 2}, map[string]any{"x": []any{[]byte{}}}}
		w.send(protocol.Request{Packet: w.event(p, "/", "all", args...), Opts: toAll})
		w.send(protocol.Request{Packet: w.event(p, "/", "room"), Opts: protocol.Opts{Rooms: []string{"room"}}})
		w.send(protocol.Request{Packet: w.event(p, "/", "server"), Opts: toAll, Server: w.nodes[0].ID()})
		w.send(protocol.Request{Namespace: "/admin", Packet: w.event(p, "/admin", "admin"), Opts: toAll})
		w.send(protocol.Request{Packet: w.event(p, "/", "end"), Opts: toAll})
		for _, s := range []struct {
			sock *client.Socket
			want []string
		}{{a, []string{"all", "server", "end"}}, {b, []string{"all", "room", "end"}}, {admin, []string{"admin"}}} {
			for _, name := range s.want {
				e := w.next(s.sock)
				if e.Name != name {
					t.Errorf("got %q, want %q", e.Name, name)
				}
				if name == "all" && !reflect.DeepEqual(e.Args, args) {
					t.Errorf("arguments %v, want %v", e.Args, args)
				}
			}
		}
	})
}

func TestJoinLeaveDisconnect(t *testing.T) {
	w := newWorld(t, Config{})
	conn := w.dial(0)
	a, admin := w.enter(conn, "/"), w.enter(conn, "/admin")
	room := protocol.Opts{Rooms: []string{"room"}}
	sid, err := protocol.ParseID(a.ID)
	if err != nil {
		t.Fatal(err)
	}
	w.send(protocol.Request{Type: protocol.AddSockets, Rooms: []string{"room"}, Opts: protocol.Opts{Sid: sid}, Server: w.nodes[0].ID()})
	w.send(protocol.Request{Packet: w.event(socketio.Common, "/", "in"), Opts: room})
	w.send(protocol.Request{Type: protocol.DelSockets, Rooms: []string{"room"}, Opts: toAll})
	w.send(protocol.Request{Packet: w.event(socketio.Common, "/", "out"), Opts: room})
	w.send(protocol.Request{Type: protocol.DisconnectSockets, Opts: toAll})
	if e := w.next(a); e.Name != "in" {
		t.Errorf("got %q, want in", e.Name)
	}
	if e, err := a.Next(w.ctx); !errors.Is(err, client.ErrDisconnected) {
		t.Errorf("got %v, %v; want a disconnection", e, err)
	}
	w.send(protocol.Request{Namespace: "/admin", Packet: w.event(socketio.Common, "/admin", "alive"), Opts: toAll})
	if e := w.next(admin); e.Name != "alive" {
		t.Errorf("the other namespace of the connection got %q", e.Name)
	}
	again := w.enter(conn, "/")
	w.send(protocol.Request{Packet: w.event(socketio.Common, "/", "back"), Opts: toAll})
	if e := w.next(again); e.Name != "back" {
		t.Errorf("after connecting again: %q", e.Name)
	}
}

func TestRoomsAndSockets(t *testing.T) {
	w := newWorld(t, Config{})
	a := w.enter(w.dial(0), "/", "x", "y")
	w.enter(w.dial(1), "/", "y", "z")
	var rooms [][]string
	for _, res := range w.ask(protocol.Request{Type: protocol.AllRooms, Opts: toAll}, 2) {
		rooms = append(rooms, res.Rooms)
	}
	slices.SortFunc(rooms, slices.Compare)
	if want := [][]string{{"x", "y"}, {"y", "z"}}; !reflect.DeepEqual(rooms, want) {
		t.Errorf("rooms %v, want %v", rooms, want)
	}
	for _, res := range w.ask(protocol.Request{Type: protocol.AllRooms, Opts: protocol.Opts{Rooms: []string{"nobody's"}}}, 2) {
		if res.Kind != protocol.KindRooms || len(res.Rooms) != 0 {
			t.Errorf("a probe is answered by %+v", res)
		}
	}
	var sockets []protocol.Socket
	for _, res := range w.ask(protocol.Request{Type: protocol.FetchSockets, Opts: protocol.Opts{Rooms: []string{"x"}}}, 2) {
		sockets = append(sockets, res.Sockets...)
	}
	if len(sockets) != 1 || sockets[0].ID.String() != a.ID || sockets[0].Server.String() != w.nodes[0].ID() || sockets[0].Namespace != "/" {
		t.Errorf("sockets %v, want %s on %s", sockets, a.ID, w.nodes[0].ID())
	}
}

func TestAcks(t *testing.T) {
	eachParser(t, func(t *testing.T, p socketio.Parser) {
		w := newWorld(t, Config{Parser: p, AckTimeout: 100 * time.Millisecond})
		answers, leaves := w.enter(w.dial(0), "/"), w.dial(1)
		silent, leaver := w.enter(w.dial(1), "/"), w.enter(leaves, "/")
		answers.OnAck(func(e client.Event) []any { return []any{"got " + e.Name, []byte{7}} })
		leaver.OnAck(func(client.Event) []any { go leaves.Close(); return nil })
		req := protocol.Request{Type: protocol.BroadcastWithAck, Packet: w.event(p, "/", "question"), Opts: toAll}
		count, errs := 0, map[string]protocol.AckError{}
		counted := map[protocol.ID]bool{}
		for _, res := range w.ask(req, 5) {
			switch res.Kind {
			case protocol.KindAckCount:
				count += res.Count
				counted[res.Server] = true
			case protocol.KindAck:
				if !counted[res.Server] {
					t.Error("an ack came before the count")
				}
				errs[res.Ack.Socket.String()] = res.Ack.Err
				if res.Ack.Err == protocol.AckOK {
					checkAck(t, p, res.Ack)
				}
			}
		}
		want := map[string]protocol.AckError{
			answers.ID: protocol.AckOK, silent.ID: protocol.AckTimedOut, leaver.ID: protocol.AckSocketClosed,
		}
		if count != 3 || !reflect.DeepEqual(errs, want) {
			t.Errorf("count %d, acks %v; want 3, %v", count, errs, want)
		}
	})
}

func checkAck(t *testing.T, p socketio.Parser, ack *protocol.Ack) {
	t.Helper()
	pk := &socketio.Packet{Kind: socketio.BinaryAck, Data: socketio.Value{Raw: ack.Value.AppendData(nil), Attachments: ack.Value.Attachments}}
	args, err := p.Args(pk)
	if want := []any{"got question", []byte{7}}; err != nil || !reflect.DeepEqual(args, want) {
		t.Errorf("ack %v, %v; want %v", args, err, want)
	}
}

func TestAskersTimeout(t *testing.T) {
	w := newWorld(t, Config{AckTimeout: time.Hour})
	w.enter(w.dial(0), "/")
	req := protocol.Request{
		Type: protocol.BroadcastWithAck, Packet: w.event(socketio.Common, "/", "question"), Opts: toAll,
		AckTimeout: 50 * time.Millisecond,
	}
	all := w.ask(req, 3) // two counts and the one ack
	if last := all[2]; last.Kind != protocol.KindAck || last.Ack.Err != protocol.AckTimedOut {
		t.Errorf("got %+v, want a time-out", last)
	}
}

func TestUnknownNamespace(t *testing.T) {
	eachParser(t, func(t *testing.T, p socketio.Parser) {
		w := newWorld(t, Config{Parser: p})
		_, err := w.dial(0).Connect(w.ctx, "/nowhere", nil)
		if err == nil || !strings.Contains(err.Error(), "Invalid namespace") {
			t.Errorf("error %v, want Invalid namespace", err)
		}
	})
}

// lines is a writer that hands out what a logger writes.
type lines chan string

func (l lines) Write(b []byte) (int, error) {
	l <- string(b)
	return len(b), nil
}

func TestOtherParserIsDropped(t *testing.T) {
	for p, other := range map[socketio.Parser]socketio.Parser{socketio.Common: socketio.Msgpack, socketio.Msgpack: socketio.Common} {
		t.Run(p.String(), func(t *testing.T) {
			log := make(lines, 8)
			w := newWorld(t, Config{Parser: p, Log: slog.New(slog.NewTextHandler(log, nil))})
			s := w.enter(w.dial(0), "/")
			w.send(protocol.Request{Packet: w.event(other, "/", "harm"), Opts: toAll})
			w.send(protocol.Request{Packet: w.event(p, "/", "fine"), Opts: toAll})
			if e := w.next(s); e.Name != "fine" {
				t.Errorf("got %q", e.Name)
			}
			if line := <-log; !strings.Contains(line, "request dropped") || !strings.Contains(line, other.String()) {
				t.Errorf("logged %q", line)
			}
		})
	}
}

// A text event that carries attachments ends a JavaScript client's connection;
// the demo's client must be as strict.
func TestWrongPacketTypeEndsClient(t *testing.T) {
	w := newWorld(t, Config{})
	s := w.enter(w.dial(0), "/")
	pk := w.event(socketio.Common, "/", "image", []byte{1})
	pk.Type = protocol.Event
	w.send(protocol.Request{Packet: pk, Opts: toAll})
	w.next(s) // the text part alone is valid
	if _, err := s.Next(w.ctx); !errors.Is(err, socketio.ErrPacket) {
		t.Errorf("error %v, want ErrPacket", err)
	}
}

func TestPings(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{Timing: socketio.Timing{PingInterval: 50 * time.Millisecond, PingTimeout: 450 * time.Millisecond}})
	ws, _, err := websocket.Dial(w.ctx, w.nodes[0].URL()+socketio.Path+"?EIO=4&transport=websocket", nil) //nolint:bodyclose // the package says that it never needs to be closed
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ws.CloseNow() }()
	const pongs = 12 // which take longer than a silent client is kept
	answered := 0
	for {
		_, data, err := ws.Read(w.ctx)
		switch {
		case err != nil && w.ctx.Err() != nil:
			t.Fatal("a client that answers no ping is kept")
		case err != nil && answered < pongs:
			t.Fatalf("disconnected after %d pongs: %v", answered, err)
		case err != nil:
			return
		case string(data) == "2" && answered < pongs:
			answered++
			if err := ws.Write(w.ctx, websocket.MessageText, []byte("3")); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestOnlyWebSocket(t *testing.T) {
	w := newWorld(t, Config{})
	req, err := http.NewRequestWithContext(w.ctx, http.MethodGet, w.nodes[0].URL()+socketio.Path+"?EIO=4&transport=polling", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), `transports: ["websocket"]`) {
		t.Errorf("polling is answered by %s %q, %v", resp.Status, body, err)
	}
}

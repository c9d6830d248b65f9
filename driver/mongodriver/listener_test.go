package mongodriver_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/drivertest/mongotest"
	"github.com/sioxide/emitter/driver/mongodriver"
	"github.com/sioxide/emitter/protocol"
)

// eventually waits for a fact.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 20 s: %s", what)
		}
	}
}

// asked listens for the answers to a question of its own.
type asked struct {
	*protocol.Request
	rooms chan string
}

func ask(t *testing.T, d *mongodriver.Driver, namespace string) asked {
	t.Helper()
	q := asked{question(namespace), make(chan string, 1000)}
	stop, err := d.Listen(t.Context(), q.Request, func(res protocol.Response) {
		for _, room := range res.Rooms {
			q.rooms <- room
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return q
}

var node = protocol.NewNodeID()

func question(namespace string) *protocol.Request {
	return &protocol.Request{Prefix: "socket.io", Namespace: namespace, Node: node, ID: protocol.NewID(), Type: protocol.AllRooms}
}

// answer answers it with a room.
func (q asked) answer(t *testing.T, c *mongo.Collection, room string) protocol.ID {
	t.Helper()
	res := protocol.Response{Request: q.ID, Server: protocol.NewNodeID(), Kind: protocol.KindRooms, Rooms: []string{room}}
	answer(t, c, q.Namespace, q.Node.String(), res.AppendAddressed(nil))
	return res.Server
}

func (q asked) mustGet(t *testing.T, room string) {
	t.Helper()
	select {
	case got := <-q.rooms:
		if got != room {
			t.Fatalf("answer %q, want %q", got, room)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("no answer %q within 20 s", room)
	}
}

// lockedBuffer takes a log.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) has(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.b.String(), text)
}

func newLogged(c *mongo.Collection) (*mongodriver.Driver, *lockedBuffer) {
	log := new(lockedBuffer)
	return mongodriver.New(c, mongodriver.WithLogger(slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))), log
}

func TestNoChangeStreams(t *testing.T) {
	s := mongotest.Start(t, mongotest.NoChangeStreams())
	c := connect(t, s.Addr)
	d := mongodriver.New(c)
	defer d.Close()
	io := emitter.New(d)
	if err := io.To("a").Emit(t.Context(), "e"); err != nil {
		t.Fatal(err)
	}
	if n, err := c.CountDocuments(t.Context(), bson.D{{Key: "t", Value: "Req"}}); n != 1 || err != nil {
		t.Errorf("%d documents, want 1: %v", n, err)
	}
	start := time.Now()
	for name, ask := range map[string]func() error{
		"Servers":        func() error { _, err := io.Servers(t.Context()); return err },
		"EmitWithAck":    func() error { _, err := io.EmitWithAck(t.Context(), "e"); return err },
		"RequireServers": func() error { return emitter.New(d, emitter.RequireServers()).Emit(t.Context(), "e") },
	} {
		err := ask()
		if !errors.Is(err, emitter.ErrUnsupported) || !emitter.SafeToRetry(err) {
			t.Errorf("%s: %v, not a marked ErrUnsupported", name, err)
		}
		for _, reason := range []string{"replica set", "only supported on"} {
			if err == nil || !strings.Contains(err.Error(), reason) {
				t.Errorf("%s: %v: the reason is missing", name, err)
			}
		}
	}
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("that was not at once: %v", took)
	}
	if n, err := c.CountDocuments(t.Context(), bson.D{}); n != 1 || err != nil {
		t.Errorf("%d documents, want 1: questions send nothing (%v)", n, err)
	}
}

// openCursors is how many cursors clients keep open.
func openCursors(t *testing.T, c *mongo.Collection) int64 {
	t.Helper()
	var status struct {
		Metrics struct {
			Cursor struct {
				Open struct{ Total int64 }
			}
		}
	}
	if err := c.Database().RunCommand(t.Context(), bson.D{{Key: "serverStatus", Value: 1}}).Decode(&status); err != nil {
		t.Fatal(err)
	}
	return status.Metrics.Cursor.Open.Total
}

func TestOneChangeStream(t *testing.T) {
	s := mongotest.Start(t)
	c := connect(t, s.Addr)
	d := mongodriver.New(connect(t, s.Addr))
	defer d.Close()
	for i := range 50 {
		q := ask(t, d, fmt.Sprintf("/%d", i%10))
		q.answer(t, c, "room")
		q.mustGet(t, "room")
	}
	if n := openCursors(t, c); n != 1 {
		t.Errorf("%d change streams for 50 questions, want 1", n)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "Close ends the change stream", func() bool { return openCursors(t, c) == 0 })
}

// insertRequest inserts a request as a server does.
func insertRequest(t *testing.T, c *mongo.Collection, namespace string, kind protocol.Type, target string) protocol.ID {
	t.Helper()
	req := question(namespace)
	req.Node, req.Type = protocol.NewNodeID(), kind
	if kind == protocol.Broadcast {
		req.Packet = protocol.Packet{Namespace: namespace, Type: protocol.Event, Data: protocol.Value{Data: []byte(`["e"]`)}}
	}
	doc := bson.D{{Key: "t", Value: "Req"}}
	if target != "" {
		doc = append(doc, bson.E{Key: "target", Value: target})
	}
	doc = append(doc, bson.D{
		{Key: "ns", Value: namespace}, {Key: "origin", Value: req.Node.String()},
		{Key: "data", Value: numbers(req.AppendMsgpack(nil))}, {Key: "createdAt", Value: time.Now()},
	}...)
	if _, err := c.InsertOne(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
	return req.Node
}

func TestRoster(t *testing.T) {
	s := mongotest.Start(t)
	c := connect(t, s.Addr)
	d := mongodriver.New(connect(t, s.Addr))
	defer d.Close()
	roster := d.Roster("socket.io", "/chat")
	q := ask(t, d, "/chat")
	if n, err := d.Send(t.Context(), question("/chat")); n != -1 || err != nil {
		t.Errorf("Send while no server is known = %d, %v; want -1", n, err)
	}
	want := map[protocol.ID]bool{}
	insertRequest(t, c, "/chat", protocol.Broadcast, "")
	insertRequest(t, c, "/other", protocol.Heartbeat, "")
	insertRequest(t, c, "/chat", protocol.Heartbeat, "BBBBBBBBBBBBBBBB")
	want[insertRequest(t, c, "/chat", protocol.Heartbeat, "")] = true
	want[insertRequest(t, c, "/chat", protocol.InitHeartbeat, "")] = true
	q.answer(t, c, "last") // all before it was looked at when it comes
	q.mustGet(t, "last")
	ids := roster.IDs()
	for _, id := range ids {
		if !want[id] {
			t.Errorf("%v is no server of the namespace", id)
		}
	}
	if len(ids) != len(want) || roster != d.Roster("socket.io", "/chat") {
		t.Errorf("%d servers are known, want %d", len(ids), len(want))
	}
	if n, err := d.Send(t.Context(), question("/chat")); n != 2 || err != nil {
		t.Errorf("Send of a question = %d, %v; want 2", n, err)
	}
	if n, err := d.Send(t.Context(), request("/chat", "x")); n != -1 || err != nil {
		t.Errorf("Send of an event = %d, %v; want -1", n, err)
	}
	counted := request("/chat", "x")
	counted.Count = true
	if _, err := d.Send(t.Context(), counted); !errors.Is(err, emitter.ErrUnsupported) || !emitter.SafeToRetry(err) {
		t.Errorf("Send of an event with Count: %v, not a marked ErrUnsupported", err)
	}
}

func request(namespace, text string) *protocol.Request {
	return &protocol.Request{
		Prefix: "socket.io", Namespace: namespace, Node: node, ID: protocol.NewID(),
		Type:   protocol.Broadcast,
		Packet: protocol.Packet{Namespace: namespace, Type: protocol.Event, Data: protocol.Value{Data: []byte(`["` + text + `"]`)}},
		Opts:   protocol.Opts{Flags: protocol.FlagBroadcast},
	}
}

// TestResume: nothing is missed and nothing comes twice while connections are lost.
func TestResume(t *testing.T) {
	s := mongotest.Start(t)
	proxy := newProxy(t, s.Addr)
	c := connect(t, s.Addr)
	d, _ := newLogged(connect(t, proxy.Addr))
	defer d.Close()
	q := ask(t, d, "/")
	for i := range 5 {
		proxy.CloseAll()
		for j := range 3 {
			room := fmt.Sprintf("%d-%d", i, j)
			q.answer(t, c, room)
		}
		for j := range 3 {
			q.mustGet(t, fmt.Sprintf("%d-%d", i, j))
		}
	}
}

// TestCannotResume: a stream that can't go on is begun anew, and that is told.
func TestCannotResume(t *testing.T) {
	for name, harm := range map[string]func(*testing.T, *mongotest.Server, *mongo.Collection){
		"restarted with nothing in it": func(t *testing.T, s *mongotest.Server, _ *mongo.Collection) {
			if err := s.Restart(); err != nil {
				t.Fatal(err)
			}
		},
		"the collection was dropped": func(t *testing.T, _ *mongotest.Server, c *mongo.Collection) {
			if err := c.Drop(t.Context()); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := mongotest.Start(t)
			c := connect(t, s.Addr)
			d, log := newLogged(connect(t, s.Addr))
			defer d.Close()
			kept := ask(t, d, "/")
			kept.answer(t, c, "before")
			kept.mustGet(t, "before")
			harm(t, s, c)
			eventually(t, "the loss is told", func() bool { return log.has("level=WARN") })
			eventually(t, "the stream is restored", func() bool { return log.has("restored") })
			q := ask(t, d, "/")
			for _, q := range []asked{kept, q} {
				q.answer(t, c, "after")
				q.mustGet(t, "after")
			}
		})
	}
}

// TestListenWaitsForMongoDB: no server, no subscription, and no answer that is missed.
func TestListenWaitsForMongoDB(t *testing.T) {
	s := mongotest.Start(t)
	d := mongodriver.New(connect(t, s.Addr))
	defer d.Close()
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := d.Listen(ctx, question("/"), func(protocol.Response) {})
	if !errors.Is(err, context.DeadlineExceeded) || !emitter.SafeToRetry(err) {
		t.Errorf("Listen without MongoDB: %v, not a marked DeadlineExceeded", err)
	}
}

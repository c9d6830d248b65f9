package natsdriver_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/natsdriver"
	"github.com/sioxide/emitter/driver/presence"
	"github.com/sioxide/emitter/protocol"
)

// node plays a server of the namespace "/": it answers questions, and says that it is
// there when it is asked.
type node struct {
	conn      *nats.Conn
	id, uid   protocol.ID
	questions chan protocol.ID // who asked who is there
}

func serve(t *testing.T, addr string) *node {
	t.Helper()
	n := &node{conn: connect(t, addr), id: protocol.NewNodeID(), uid: protocol.NewNodeID(), questions: make(chan protocol.ID, 100)}
	must := func(_ *nats.Subscription, err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(n.conn.Subscribe("socket=2Eio.request.=2F", n.answer))
	must(n.conn.Subscribe("socket=2Eio.request.=2F."+n.uid.String(), n.answer))
	must(n.conn.Subscribe("socket=2Eio.presence", func(m *nats.Msg) {
		if p, err := protocol.DecodePresence(m.Data); err == nil && p.IsQuestion {
			n.say(t, true)
			n.questions <- p.Node
		}
	}))
	n.say(t, true)
	if err := n.conn.Flush(); err != nil {
		t.Fatal(err)
	}
	return n
}

func (n *node) answer(m *nats.Msg) {
	req, err := protocol.DecodeRequest(m.Data)
	if err != nil || req.Type != protocol.AllRooms {
		return
	}
	res := protocol.Response{Request: req.ID, Server: n.uid, Kind: protocol.KindRooms}
	_ = n.conn.Publish("socket=2Eio.response.=2F."+req.Node.String(), res.AppendAddressed(nil))
}

func (n *node) say(t *testing.T, here bool) {
	p := protocol.Presence{Node: n.id}
	if here {
		p.Channels = []string{presence.Channel("socket.io"), emitter.RequestChannel("socket.io", "/", ""), emitter.RequestChannel("socket.io", "/", n.uid.String())}
	}
	if err := n.conn.Publish("socket=2Eio.presence", p.AppendMsgpack(nil)); err != nil {
		t.Error(err)
	}
}

func heard(t *testing.T, d *natsdriver.Driver, want ...protocol.ID) {
	t.Helper()
	var ids []protocol.ID
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		ids = d.Roster("socket.io", "/").IDs()
		if len(ids) == len(want) && !slices.ContainsFunc(want, func(id protocol.ID) bool { return !slices.Contains(ids, id) }) {
			return
		}
	}
	t.Fatalf("servers heard of: %v, want %v", ids, want)
}

// atOnce is far below any time that is waited for answers.
const atOnce = 900 * time.Millisecond

func TestNobodyListens(t *testing.T) {
	d := natsdriver.New(connect(t, embedded(t).Addr().String()))
	defer d.Close()
	io := emitter.New(d)
	sockets := func() error { _, err := io.Sockets(t.Context()); return err }
	acks := func() error { _, err := io.EmitWithAck(t.Context(), "event"); return err }
	toServer := func() error { _, err := io.ToServer("AAAAAAAAAAAAAAAA").Servers(t.Context()); return err }
	must := func() error { return emitter.New(d, emitter.RequireServers()).Emit(t.Context(), "event") }
	for name, ask := range map[string]func() error{"Sockets": sockets, "EmitWithAck": acks, "ToServer": toServer, "RequireServers": must, "Sync": func() error { return io.Sync(t.Context()) }} {
		start := time.Now()
		if err := ask(); !errors.Is(err, emitter.ErrNoServers) || time.Since(start) > atOnce {
			t.Errorf("%s: %v after %v, want ErrNoServers at once", name, err, time.Since(start))
		}
	}
	b := emitter.NewBatch(d, emitter.Window(2))
	start := time.Now()
	for range 6 {
		if err := io.Via(b).Emit(t.Context(), "event"); err != nil {
			t.Error(err)
		}
	}
	if err := b.Flush(t.Context()); err != nil || time.Since(start) > atOnce {
		t.Errorf("windows with nobody there: %v after %v", err, time.Since(start))
	}
}

func TestServersAreHeardOf(t *testing.T) {
	addr := embedded(t).Addr().String()
	one, two := serve(t, addr), serve(t, addr)
	d := natsdriver.New(connect(t, addr))
	defer d.Close()
	io, must := emitter.New(d), emitter.New(d, emitter.RequireServers())

	// The first one asks, as nobody was heard of.
	if err := must.Emit(t.Context(), "event"); err != nil {
		t.Fatal(err)
	}
	heard(t, d, one.uid, two.uid)
	counted := event("/", "x")
	counted.Count = true
	if n, err := d.Send(t.Context(), counted); n != 2 || err != nil {
		t.Errorf("servers that are there are counted: %d, %v", n, err)
	}
	counted.Server = one.uid.String()
	if n, err := d.Send(t.Context(), counted); n != 1 || err != nil {
		t.Errorf("one server that is there is counted: %d, %v", n, err)
	}
	for range 3 {
		if servers, err := io.Servers(t.Context()); len(servers) != 2 || err != nil {
			t.Fatalf("%v, %v", servers, err)
		}
	}
	three := serve(t, addr)
	heard(t, d, one.uid, two.uid, three.uid)
	start := time.Now()
	if servers, err := io.Servers(t.Context()); len(servers) != 3 || err != nil || time.Since(start) > atOnce {
		t.Errorf("a server that has come is waited for: %v, %v after %v", servers, err, time.Since(start))
	}
	for _, n := range []*node{one, two} {
		n.say(t, false)
	}
	one.conn.Close()
	two.conn.Close()
	heard(t, d, three.uid)
	start = time.Now()
	if servers, err := io.Servers(t.Context()); len(servers) != 1 || err != nil || time.Since(start) > atOnce {
		t.Errorf("servers that have left are not waited for: %v, %v after %v", servers, err, time.Since(start))
	}

	// The last one leaves without a word: NATS tells.
	three.conn.Close()
	start = time.Now()
	for {
		err := must.Emit(t.Context(), "event")
		if errors.Is(err, emitter.ErrNoServers) {
			break
		}
		if err != nil || time.Since(start) > 10*time.Second {
			t.Fatalf("%v after %v, want ErrNoServers", err, time.Since(start))
		}
	}
	if ids := d.Roster("socket.io", "/").IDs(); len(ids) != 0 {
		t.Errorf("servers that NATS has told to be gone would be waited for: %v", ids)
	}
	if n := len(three.questions); n != 0 {
		t.Errorf("who is there is asked once: again %d times", n)
	}
	if n := len(one.questions); n != 1 {
		t.Errorf("who is there is asked once: %d times", n)
	}
}

// TestASubscriberThatIsNoServer: something listens, but no server answers.
func TestASubscriberThatIsNoServer(t *testing.T) {
	addr := embedded(t).Addr().String()
	got := watch(t, connect(t, addr), ">")
	d := natsdriver.New(connect(t, addr))
	defer d.Close()
	must := emitter.New(d, emitter.RequireServers()).Timeout(1200 * time.Millisecond)
	if err := must.Emit(t.Context(), "event"); !errors.Is(err, emitter.ErrNoServers) {
		t.Errorf("%v, want ErrNoServers", err)
	}
	for len(got) > 0 {
		if req, err := protocol.DecodeRequest(<-got); err == nil && req.Type == protocol.Broadcast {
			t.Error("RequireServers has sent the event to nobody")
		}
	}
}

// TestLaterVersions: readers of version 1 pass over what says that it is of another.
func TestLaterVersions(t *testing.T) {
	addr := embedded(t).Addr().String()
	direct := connect(t, addr)
	d := natsdriver.New(connect(t, addr))
	defer d.Close()
	question := event("/", "")
	got := make(chan protocol.Response, 10)
	stop, err := d.Listen(t.Context(), question, func(res protocol.Response) { got <- res })
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	for i, version := range []string{"2", "", "1"} {
		res := protocol.Response{Request: question.ID, Server: protocol.NewNodeID(), Kind: protocol.KindRooms, Rooms: []string{string(rune('a' + i))}}
		m := &nats.Msg{Subject: "socket=2Eio.response.=2F." + question.Node.String(), Header: nats.Header{"v": {version}}, Data: res.AppendAddressed(nil)}
		if err := direct.PublishMsg(m); err != nil {
			t.Fatal(err)
		}
	}
	if res := <-got; res.Rooms[0] != "c" {
		t.Errorf("got %v, want that of version 1 alone", res.Rooms)
	}
}

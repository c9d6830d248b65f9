package natsdriver_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/natsdriver"
	"github.com/sioxide/emitter/protocol"
)

// What became of a request, as its error tells.
const (
	sent    = "sent"
	notSent = "not sent"
	doubt   = "in doubt"
)

func fateOf(err error) string {
	switch {
	case err == nil:
		return sent
	case emitter.SafeToRetry(err):
		return notSent
	}
	return doubt
}

func event(namespace, text string) *protocol.Request {
	return &protocol.Request{
		Prefix: "socket.io", Namespace: namespace, Node: protocol.NewNodeID(), ID: protocol.NewID(), Type: protocol.Broadcast,
		Packet: protocol.Packet{Namespace: namespace, Type: protocol.Event, Data: protocol.Value{Data: []byte(`["e","` + text + `"]`)}},
		Opts:   protocol.Opts{Flags: protocol.FlagBroadcast},
	}
}

// mustSay checks what became of a request, and the words of its error.
func mustSay(t *testing.T, err error, want string, words ...string) {
	t.Helper()
	if got := fateOf(err); got != want {
		t.Errorf("%s, want %s: %v", got, want, err)
	}
	for _, w := range append(words, "natsdriver: ") {
		if err != nil && !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}

func send(t *testing.T, d emitter.Driver, req *protocol.Request) error {
	t.Helper()
	_, err := d.Send(t.Context(), req)
	return err
}

func TestNoConnection(t *testing.T) {
	for _, d := range []*natsdriver.Driver{nil, natsdriver.New(nil)} {
		err := send(t, d, event("/", "x"))
		mustSay(t, err, notSent)
		if !errors.Is(err, emitter.ErrNoDriver) || d.Close() != nil || d.Roster("a", "/") == nil {
			t.Errorf("%v is not ErrNoDriver", err)
		}
		if _, err := d.Listen(t.Context(), event("/", "x"), nil); !errors.Is(err, emitter.ErrNoDriver) {
			t.Errorf("Listen: %v", err)
		}
	}
}

func TestNamesThatNATSDoesNotTake(t *testing.T) {
	conn := connect(t, embedded(t).Addr().String())
	d := natsdriver.New(conn)
	defer d.Close()
	long := event("/"+strings.Repeat("#", 5000), "x")
	reqs := []*protocol.Request{event("/", "1"), long, event("", "2"), event("/", "3")}
	servers, errs := make([]int, 4), make([]error, 4)
	err := d.SendAll(t.Context(), reqs, servers, errs)
	mustSay(t, err, notSent)
	for i, want := range []string{sent, notSent, notSent, sent} {
		mustSay(t, errs[i], want)
	}
	if _, err := d.Listen(t.Context(), long, func(protocol.Response) {}); fateOf(err) != notSent || !errors.Is(err, emitter.ErrNamespace) {
		t.Errorf("Listen: %v", err)
	}
	if _, err := d.Listen(t.Context(), event("", "x"), func(protocol.Response) {}); !errors.Is(err, emitter.ErrNamespace) {
		t.Errorf("Listen: %v", err)
	}
	if err := conn.LastError(); err != nil || conn.Stats().Reconnects != 0 {
		t.Errorf("the server has closed the connection: %v", err)
	}
	longest := event("/"+strings.Repeat("x", 3470), "x")
	mustSay(t, send(t, d, longest), sent)
	longest.Type = protocol.AllRooms // with a reply subject
	mustSay(t, send(t, d, longest), sent)
}

func TestMaxPayload(t *testing.T) {
	addr := embedded(t, func(o *server.Options) { o.MaxPayload = 1000 }).Addr().String()
	d := natsdriver.New(connect(t, addr))
	defer d.Close()
	got := watch(t, connect(t, addr), "socket=2Eio.request.>")
	large := event("/", strings.Repeat("x", 1000))
	err := send(t, d, large)
	mustSay(t, err, notSent, "max_payload", "1000", "socket=2Eio.request.=2F")
	if !errors.Is(err, emitter.ErrTooLarge) {
		t.Errorf("%v is not ErrTooLarge", err)
	}
	reqs := []*protocol.Request{event("/", "1"), large, event("/", "2")}
	servers, errs := make([]int, 3), make([]error, 3)
	mustSay(t, d.SendAll(t.Context(), reqs, servers, errs), notSent, "max_payload")
	for i, want := range []string{sent, notSent, sent} {
		mustSay(t, errs[i], want)
	}
	for _, req := range []*protocol.Request{reqs[0], reqs[2]} {
		if string(<-got) != string(req.AppendMsgpack(nil)) {
			t.Error("what is not too large arrives, in order")
		}
	}
}

func TestClosedConnection(t *testing.T) {
	s := embedded(t)
	closed := connect(t, s.Addr().String())
	d := natsdriver.New(closed)
	defer d.Close()
	stop, err := d.Listen(t.Context(), event("/", "x"), func(protocol.Response) {})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	closed.Close()
	err = send(t, d, event("/", "x"))
	mustSay(t, err, notSent, "must outlive the driver")
	if !errors.Is(err, nats.ErrConnectionClosed) {
		t.Errorf("%v does not wrap the client's error", err)
	}
	_, err = d.Listen(t.Context(), event("/other", "x"), func(protocol.Response) {})
	mustSay(t, err, notSent, "must outlive the driver")
}

func TestUnreachable(t *testing.T) {
	conn, err := nats.Connect("nats://127.0.0.1:1", nats.RetryOnFailedConnect(true))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	d := natsdriver.New(conn)
	defer d.Close()
	mustSay(t, send(t, d, event("/", "x")), notSent, "check the address")
	_, err = d.Listen(context.Background(), event("/", "x"), func(protocol.Response) {})
	mustSay(t, err, notSent, "check the address")
}

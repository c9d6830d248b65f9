package natsdriver_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/natsdriver"
	"github.com/sioxide/emitter/protocol"
)

// restricted starts a server on which user "emitter" has permissions, and "all" has all.
func restricted(t *testing.T, p *server.Permissions) (addr string) {
	t.Helper()
	return embedded(t, func(o *server.Options) {
		o.Users = []*server.User{{Username: "emitter", Password: "pw", Permissions: p}, {Username: "all", Password: "pw"}}
	}).Addr().String()
}

func TestForbiddenSubjects(t *testing.T) {
	addr := restricted(t, &server.Permissions{Publish: &server.SubjectPermission{Deny: []string{"*.request.=2Fno.>", "*.request.=2Fno", "*.request.=2Fnever"}}})
	var (
		mu   sync.Mutex
		seen []error
	)
	conn := connect(t, addr, nats.UserInfo("emitter", "pw"), nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, err)
	}))
	d := natsdriver.New(conn)
	defer d.Close()
	all := connect(t, addr, nats.UserInfo("all", "pw"))
	allowed := watch(t, all, "*.request.=2F")
	forbidden := watch(t, all, "*.request.=2Fno")

	all1 := []*protocol.Request{event("/", "1"), event("/no", "2"), event("/never", "3"), event("/", "4")}
	servers, errs := make([]int, 4), make([]error, 4)
	mustSay(t, d.SendAll(t.Context(), all1, servers, errs), doubt, "may have refused")
	for i, want := range []string{doubt, doubt, notSent, doubt} {
		if mustSay(t, errs[i], want, "ermissions"); !errors.Is(errs[i], nats.ErrPermissionViolation) {
			t.Errorf("%v does not wrap the client's error", errs[i])
		}
	}
	// What was refused goes apart now, until all are known.
	_ = d.SendAll(t.Context(), all1, servers, errs)
	mustSay(t, errs[1], notSent, "socket=2Eio.request.=2Fno\"", "allow the NATS user to publish there")
	for range 3 {
		mustSay(t, d.SendAll(t.Context(), all1, servers, errs), notSent)
		for i, want := range []string{sent, notSent, notSent, sent} {
			mustSay(t, errs[i], want)
		}
	}
	mustSay(t, send(t, d, event("/never", "5")), notSent, "allow the NATS user to publish there")
	mustSay(t, send(t, d, event("/", "6")), sent)
	for _, want := range []int{0, 3, 0, 3, 0, 3, 0, 3, 0, 3} {
		if string(<-allowed) != string(all1[want].AppendMsgpack(nil)) {
			t.Error("what is allowed arrives each time, in order")
		}
	}
	if len(forbidden) > 0 {
		t.Error("what is forbidden arrives")
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		mu.Lock()
		n := len(seen)
		mu.Unlock()
		if n == 11 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the user's own handler is told of each refusal: of %d, not 11", n)
		}
	}
}

func TestForbiddenSubscriptions(t *testing.T) {
	addr := restricted(t, &server.Permissions{Subscribe: &server.SubjectPermission{Deny: []string{"*.response.>"}}})
	d := natsdriver.New(connect(t, addr, nats.UserInfo("emitter", "pw")))
	defer d.Close()
	_, err := d.Listen(t.Context(), event("/", "x"), func(protocol.Response) {})
	mustSay(t, err, notSent, "allow the NATS user to subscribe there", "socket=2Eio.response.=2F.")
}

// TestNoResponderUnheard: where NATS can't tell that nobody listens, questions still
// work, and RequireServers asks.
func TestNoResponderUnheard(t *testing.T) {
	for name, addr := range map[string]string{
		"no inbox":   restricted(t, &server.Permissions{Subscribe: &server.SubjectPermission{Deny: []string{"_INBOX.>"}}}),
		"no headers": embedded(t, func(o *server.Options) { o.NoHeaderSupport = true }).Addr().String(),
	} {
		d := natsdriver.New(connect(t, addr, nats.UserInfo("emitter", "pw")))
		defer d.Close()
		question := event("/", "")
		question.Type, question.Packet = protocol.AllRooms, protocol.Packet{}
		if n, err := d.Send(t.Context(), question); n != -1 || err != nil {
			t.Errorf("%s: a question: %d, %v, want -1", name, n, err)
		}
		d.Roster("socket.io", "/").Heard(protocol.NewNodeID())
		counted := event("/", "x")
		counted.Count = true
		err := send(t, d, counted)
		mustSay(t, err, notSent)
		if !errors.Is(err, emitter.ErrUnsupported) {
			t.Errorf("%s: %v is not ErrUnsupported", name, err)
		}
	}
}

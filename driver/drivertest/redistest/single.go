package redistest

import (
	"errors"
	"syscall"
	"testing"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

func patternSubscriber(t *testing.T, newDriver Maker) {
	s := Start(t)
	d, _ := newDriver(t, Setting{Addrs: []string{s.Addr}})
	monitor := WatchPattern(t, s.Addr, "*")
	for want := range 3 {
		req := counted("/")
		if n := mustSend(t, d, req); n != want {
			t.Errorf("with %d servers and a pattern subscriber, Count gives %d: %d", want, want, n)
		}
		mustArrive(t, monitor, req)
		err := emitter.New(d, emitter.RequireServers()).Emit(limit(t), "event")
		if none := errors.Is(err, emitter.ErrNoServers); none != (want == 0) || !none && err != nil {
			t.Errorf("with %d servers and a pattern subscriber, RequireServers gives: %v", want, err)
		}
		<-monitor
		Watch(t, s.Addr, channelOf("/"), false)
	}
}

func shardedStandalone(t *testing.T, newDriver Maker) {
	s := Start(t)
	d, _ := newDriver(t, Setting{Addrs: []string{s.Addr}, Sharded: true})
	if n := mustSend(t, d, counted("/")); n != 0 {
		t.Errorf("without a server SPUBLISH counts 0: %d", n)
	}
	Watch(t, s.Addr, channelOf("/"), false) // a server with the redis driver: not reached
	got := Watch(t, s.Addr, channelOf("/"), true)
	req := counted("/")
	n := mustSend(t, d, req)
	mustArrive(t, got, req)
	reply := s.Do(t, "PUBSUB", "SHARDNUMSUB", channelOf("/")).([]any)
	if int64(n) != reply[1].(int64) || n != 1 {
		t.Errorf("the count is that of SHARDNUMSUB, %v: %d", reply[1], n)
	}
}

func bothOptions(t *testing.T, newDriver Maker) {
	s := Start(t)
	d, _ := newDriver(t, Setting{Addrs: []string{s.Addr}, Sharded: true, Classic: true})
	for range 2 {
		_, err := d.Send(limit(t), event("/", "x"))
		mustSay(t, err, true, "Sharded", "Classic")
	}
	errs := []error{nil}
	err := d.(emitter.BulkDriver).SendAll(limit(t), []*protocol.Request{event("/", "x")}, []int{0}, errs)
	mustSay(t, err, true, "Sharded", "Classic")
	mustSay(t, errs[0], true, "Sharded", "Classic")
}

func closedClient(t *testing.T, newDriver Maker) {
	s := Start(t)
	d, closeClient := newDriver(t, Setting{Addrs: []string{s.Addr}})
	got := Watch(t, s.Addr, channelOf("/"), false)
	mustSend(t, d, event("/", "before"))
	<-got
	closeClient()
	_, err := d.Send(limit(t), event("/", "after"))
	mustSay(t, err, true, channelOf("/"), "clos", "the client must outlive the driver")
	other, _ := newDriver(t, Setting{Addrs: []string{s.Addr}})
	req := event("/", "by another")
	mustSend(t, other, req)
	mustArrive(t, got, req)
}

func serverDown(t *testing.T, newDriver Maker) {
	s := Start(t)
	d, _ := newDriver(t, Setting{Addrs: []string{s.Addr}})
	mustSend(t, d, event("/", "up"))
	s.Kill()
	err := untilMarked(t, d, event("/", "down"))
	mustSay(t, err, true, channelOf("/"), s.Addr, "check the address")
	if !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("the error wraps the client's own: %v", err)
	}
	reqs := []*protocol.Request{event("/", "1"), event("/a", "2")}
	errs := []error{nil, nil}
	err = d.(emitter.BulkDriver).SendAll(limit(t), reqs, []int{0, 0}, errs)
	mustSay(t, err, true, s.Addr)
	mustSay(t, errs[0], true, channelOf("/"))
	mustSay(t, errs[1], true, channelOf("/a"))
	s.Restart(t)
	untilSent(t, d, event("/", "up again"))
	got := Watch(t, s.Addr, channelOf("/"), false)
	req := event("/", "watched")
	mustSend(t, d, req)
	mustArrive(t, got, req)
}

func passwordMissing(t *testing.T, newDriver Maker) {
	s := Start(t)
	d, _ := newDriver(t, Setting{Addrs: []string{s.Addr}})
	mustSend(t, d, event("/", "free"))
	c, err := Dial(s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, command := range [][]string{
		{"CONFIG", "SET", "requirepass", "secret"},
		{"AUTH", "secret"},
		{"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"},
	} {
		if _, err := c.Do(command...); err != nil {
			t.Fatalf("%v: %v", command, err)
		}
	}
	err = untilMarked(t, d, event("/", "closed"))
	mustSay(t, err, true, "NOAUTH", "Username and Password")

	with, _ := newDriver(t, Setting{Addrs: []string{s.Addr}, Password: "secret"})
	mustSend(t, with, event("/", "with the password"))
}

// restricted makes a user that may publish below prefix "socket.io" in namespace
// "/allowed" only.
func restricted(t *testing.T, s *Server, rules ...string) Setting {
	t.Helper()
	s.Do(t, append([]string{"ACL", "SETUSER", "emitter", "on", ">pw", "resetchannels", "&" + channelOf("/allowed") + "*"}, rules...)...)
	return Setting{Addrs: []string{s.Addr}, Username: "emitter", Password: "pw"}
}

func channelForbidden(t *testing.T, newDriver Maker) {
	s := Start(t)
	d, _ := newDriver(t, restricted(t, s, "+@all"))
	got, forbidden := Watch(t, s.Addr, channelOf("/allowed"), false), Watch(t, s.Addr, channelOf("/forbidden"), false)
	_, err := d.Send(limit(t), event("/forbidden", "x"))
	mustSay(t, err, true, "NOPERM", channelOf("/forbidden"), "ACL SETUSER")

	// Within one round trip, what is forbidden does not keep the rest from arriving.
	reqs := []*protocol.Request{event("/allowed", "1"), event("/forbidden", "2"), event("/allowed", "3")}
	servers, errs := []int{0, 0, 0}, []error{nil, nil, nil}
	err = d.(emitter.BulkDriver).SendAll(limit(t), reqs, servers, errs)
	mustSay(t, err, true, "NOPERM", channelOf("/forbidden"))
	if errs[0] != nil || errs[2] != nil {
		t.Errorf("SendAll judges each request by itself: %v", errs)
	}
	mustSay(t, errs[1], true, "NOPERM", channelOf("/forbidden"))
	mustArrive(t, got, reqs[0])
	mustArrive(t, got, reqs[2])
	s.Do(t, "PUBLISH", channelOf("/forbidden"), "marker")
	if m := <-forbidden; string(m) != "marker" {
		t.Errorf("what an ACL forbids does not arrive: %q", m)
	}
}

func countForbidden(t *testing.T, newDriver Maker) {
	s := Start(t)
	d, _ := newDriver(t, restricted(t, s, "+@all", "-pubsub"))
	got := Watch(t, s.Addr, channelOf("/allowed"), false)
	req := counted("/allowed")
	_, err := d.Send(limit(t), req)
	mustSay(t, err, false, "NOPERM", "was published")
	mustArrive(t, got, req)
}

package natsdriver_test

import (
	"context"
	"errors"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/natsdriver"
	"github.com/sioxide/emitter/protocol"
)

// arrived counts the texts of what arrives.
type arrived struct {
	mu sync.Mutex
	n  map[string]int
}

func count(t *testing.T, conn *nats.Conn) *arrived {
	t.Helper()
	a := &arrived{n: make(map[string]int)}
	sub, err := conn.Subscribe("socket=2Eio.request.=2F", func(m *nats.Msg) {
		req, err := protocol.DecodeRequest(m.Data)
		if err != nil {
			t.Errorf("a message arrives whole: %v", err)
			return
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		a.n[string(req.Packet.Data.Data)]++
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sub.Unsubscribe() })
	if err := conn.Flush(); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *arrived) of(text string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.n[`["e","`+text+`"]`]
}

// until sends until it works, and until what was sent has arrived: all that was to
// arrive before has arrived then.
func (a *arrived) until(t *testing.T, d emitter.Driver, text string) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for i := 0; ; i++ {
		marker := text + " " + strconv.Itoa(i)
		if send(t, d, event("/", marker)) == nil {
			for a.of(marker) == 0 && time.Now().Before(deadline) {
				time.Sleep(time.Millisecond)
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the connection does not come back")
		}
		time.Sleep(time.Millisecond)
	}
}

// TestNothingIsBuffered: what is sent while the connection is away does not arrive
// when it is back.
func TestNothingIsBuffered(t *testing.T) {
	s := embedded(t)
	proxy := newProxy(t, s.Addr().String())
	got := count(t, connect(t, s.Addr().String()))
	var mayDial atomic.Bool
	mayDial.Store(true)
	conn := connect(t, proxy.Addr, nats.SetCustomDialer(dialer(func() bool { return mayDial.Load() })))
	d := natsdriver.New(conn)
	defer d.Close()
	mustSay(t, send(t, d, event("/", "before")), sent)

	mayDial.Store(false)
	proxy.CloseAll()
	for conn.Status() == nats.CONNECTED {
		time.Sleep(time.Millisecond)
	}
	for range 10 {
		err := send(t, d, event("/", "away"))
		mustSay(t, err, notSent, "check the address", "send again")
		if !errors.Is(err, nats.ErrDisconnected) {
			t.Errorf("%v does not wrap the client's error", err)
		}
	}
	reqs := []*protocol.Request{event("/", "away"), event("/a", "away")}
	servers, errs := make([]int, 2), make([]error, 2)
	mustSay(t, d.SendAll(t.Context(), reqs, servers, errs), notSent)
	mustSay(t, errs[1], notSent, "=2Fa")

	mayDial.Store(true)
	got.until(t, d, "back")
	if got.of("before") != 1 || got.of("away") != 0 {
		t.Errorf("what was sent arrives once (%d), what was not never (%d)", got.of("before"), got.of("away"))
	}
}

// dialer connects while it may.
type dialer func() bool

func (may dialer) Dial(network, address string) (net.Conn, error) {
	if !may() {
		return nil, errors.New("not now")
	}
	return net.Dial(network, address)
}

// TestLostConnections loses connections under load: what Send says holds for each
// request, also for those that the client had in its buffers.
func TestLostConnections(t *testing.T) {
	s := embedded(t)
	proxy := newProxy(t, s.Addr().String())
	got := count(t, connect(t, s.Addr().String()))
	d := natsdriver.New(connect(t, proxy.Addr))
	defer d.Close()
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		fates = make(map[string]string)
		stop  atomic.Bool
	)
	for g := range 16 {
		wg.Go(func() {
			for i := 0; !stop.Load(); i++ {
				text := strconv.Itoa(g) + "/" + strconv.Itoa(i)
				_, err := d.Send(context.Background(), event("/", text))
				mu.Lock()
				fates[text] = fateOf(err)
				mu.Unlock()
				if err != nil {
					time.Sleep(time.Millisecond)
				}
			}
		})
	}
	for i := range 60 {
		got.until(t, d, "round "+strconv.Itoa(i))
		proxy.CloseAll()
	}
	stop.Store(true)
	wg.Wait()
	got.until(t, d, "end")
	seen := make(map[string]int)
	for text, fate := range fates {
		seen[fate]++
		n := got.of(text)
		if fate == sent && n != 1 || fate == notSent && n != 0 || n > 1 {
			t.Errorf("%s, which is %s, arrived %d times", text, fate, n)
		}
	}
	if t.Logf("%v", seen); seen[sent] == 0 || seen[notSent] == 0 || seen[doubt] == 0 {
		t.Errorf("too little was tried: %v", seen)
	}
}

// TestSilentServer: a server that says nothing is not waited for without end.
func TestSilentServer(t *testing.T) {
	s := embedded(t)
	proxy := newProxy(t, s.Addr().String())
	got := count(t, connect(t, s.Addr().String()))
	d := natsdriver.New(connect(t, proxy.Addr, nats.FlusherTimeout(500*time.Millisecond)))
	defer d.Close()
	mustSay(t, send(t, d, event("/", "before")), sent)
	resume := proxy.Stall(t)
	start := time.Now()
	_, err := d.Send(context.Background(), event("/", "stalled"))
	mustSay(t, err, doubt, "said nothing for 450ms")
	if !errors.Is(err, emitter.ErrTimeout) || time.Since(start) > 10*time.Second {
		t.Errorf("after %v: %v is not ErrTimeout", time.Since(start), err)
	}
	resume()
	got.until(t, d, "back")
	if n := got.of("stalled"); n > 1 {
		t.Errorf("what is in doubt arrived %d times", n)
	}
}

// TestRestart: the server's end, and its start at the same place.
func TestRestart(t *testing.T) {
	s := embedded(t)
	port := s.Addr().(*net.TCPAddr).Port
	d := natsdriver.New(connect(t, s.Addr().String()))
	defer d.Close()
	mustSay(t, send(t, d, event("/", "before")), sent)
	s.Shutdown()
	s.WaitForShutdown()
	s = embedded(t, func(o *server.Options) { o.Port = port })
	got := count(t, connect(t, s.Addr().String()))
	got.until(t, d, "back")
}

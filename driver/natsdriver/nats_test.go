package natsdriver_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/drivertest"
	"github.com/sioxide/emitter/driver/drivertest/netproxy"
	"github.com/sioxide/emitter/driver/natsdriver"
)

// embedded starts a server in this process, on a port of its own or the one given.
func embedded(t testing.TB, set ...func(*server.Options)) *server.Server {
	t.Helper()
	o := &server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true}
	for _, f := range set {
		f(o)
	}
	s, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the embedded server does not start")
	}
	return s
}

// connect makes a connection that comes back at once when it is lost.
func connect(t testing.TB, addr string, opts ...nats.Option) *nats.Conn {
	t.Helper()
	quiet := func(*nats.Conn, *nats.Subscription, error) {}
	opts = append([]nats.Option{
		nats.ReconnectWait(5 * time.Millisecond), nats.ReconnectJitter(0, 0), nats.MaxReconnects(-1), nats.ErrorHandler(quiet),
	}, opts...)
	conn, err := nats.Connect("nats://"+addr, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn
}

func subjectOf(t testing.TB, prefix, channel string) string {
	t.Helper()
	subject, err := natsdriver.Subject(prefix, channel)
	if err != nil {
		t.Fatal(err)
	}
	return subject
}

// watch returns what arrives on a subject, from its return on.
func watch(t testing.TB, conn *nats.Conn, subject string) <-chan []byte {
	t.Helper()
	got := make(chan []byte, 1<<16)
	sub, err := conn.Subscribe(subject, func(m *nats.Msg) { got <- m.Data })
	if err != nil {
		t.Fatal(err)
	}
	if err := sub.SetPendingLimits(-1, -1); err != nil {
		t.Fatal(err)
	}
	if err := conn.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sub.Unsubscribe() })
	return got
}

// newProxy can lose the server's answer to what is published.
func newProxy(t testing.TB, target string) *netproxy.Proxy {
	return netproxy.New(t, target, func(sent []byte) bool { return bytes.Contains(sent, []byte("PUB ")) })
}

// harness is a driver behind a proxy, on the server at addr.
func harness(t *testing.T, addr string, opts ...nats.Option) drivertest.Harness {
	proxy := newProxy(t, addr)
	direct := connect(t, addr)
	return drivertest.Harness{
		MaxMessage: 1_000_000,
		New: func(t testing.TB) emitter.Driver {
			return natsdriver.New(connect(t, proxy.Addr, opts...))
		},
		Watch: func(t testing.TB, prefix, namespace, server string) <-chan []byte {
			return watch(t, direct, subjectOf(t, prefix, emitter.RequestChannel(prefix, namespace, server)))
		},
		Answer: func(t testing.TB, prefix, namespace, node string, data []byte) {
			if err := direct.Publish(subjectOf(t, prefix, emitter.ResponseChannel(prefix, namespace, node)), data); err != nil {
				t.Errorf("answer: %v", err)
			}
		},
		Stall: func(t testing.TB) func() { return proxy.Stall(t) },
		Cut:   func(testing.TB) { proxy.CutNext() },
		Drop:  func(testing.TB) { proxy.CloseAll() },
	}
}

package natsdriver

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/answers"
	"github.com/sioxide/emitter/driver/presence"
	"github.com/sioxide/emitter/protocol"
)

// newClient connects to a server in this process.
func newClient(t *testing.T) *nats.Conn {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true})
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
	conn, err := nats.Connect(s.ClientURL(), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn
}

// TestTheNextConnectionConfirmsNothing: the PONG of another connection than the one on
// which a message was published says nothing of it.
func TestTheNextConnectionConfirmsNothing(t *testing.T) {
	conn := newClient(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	first := conn.Stats().Reconnects
	if err := confirm(ctx, conn, first); err != nil {
		t.Errorf("the same connection: %v", err)
	}
	status := conn.StatusChanged(nats.CONNECTED)
	if err := conn.ForceReconnect(); err != nil {
		t.Fatal(err)
	}
	<-status
	if err := confirm(ctx, conn, first); !errors.Is(err, errLost) {
		t.Errorf("the next connection: %v, want errLost", err)
	}
	if err := confirm(ctx, conn, conn.Stats().Reconnects); err != nil {
		t.Errorf("the next connection, for what was published on it: %v", err)
	}
}

// TestDroppedAnswers: what the client library drops, because more came than could be
// handled, is told.
func TestDroppedAnswers(t *testing.T) {
	conn := newClient(t)
	var log lockedBuffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	l := answers.New(&subscriber{client: conn, config: config{logger: logger}, book: new(presence.Book), node: protocol.NewNodeID(), pending: 10_000}, logger)
	defer l.Close()
	channel, id := emitter.ResponseChannel("socket.io", "/", protocol.NewNodeID().String()), protocol.NewID()
	handling, release := make(chan struct{}, 1000), make(chan struct{})
	stop, err := l.Listen(t.Context(), channel, id, func(protocol.Response) {
		handling <- struct{}{}
		<-release
	})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	subject, err := Subject("socket.io", channel)
	if err != nil {
		t.Fatal(err)
	}
	res := protocol.Response{Request: id, Server: protocol.NewNodeID(), Kind: protocol.KindRooms, Rooms: []string{strings.Repeat("x", 1000)}}
	answer := func(n int) {
		for range n {
			if err := conn.Publish(subject, res.AppendAddressed(nil)); err != nil {
				t.Fatal(err)
			}
		}
		if err := conn.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	answer(1)
	<-handling
	answer(100)
	close(release)
	for deadline := time.Now().Add(10 * time.Second); !strings.Contains(log.String(), "answers dropped"); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the log does not tell of dropped answers: %s", log.String())
		}
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

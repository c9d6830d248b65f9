package mongodriver_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/drivertest/mongotest"
	"github.com/sioxide/emitter/driver/mongodriver"
	"github.com/sioxide/emitter/protocol"
)

// arrived returns the next texts that came, up to "end".
func arrived(t *testing.T, messages <-chan []byte) []string {
	t.Helper()
	var texts []string
	for {
		select {
		case data := <-messages:
			req, err := protocol.DecodeRequest(data)
			if err != nil {
				t.Fatal(err)
			}
			text := string(req.Packet.Data.Data)
			if text == `["end"]` {
				return texts
			}
			texts = append(texts, text)
		case <-time.After(10 * time.Second):
			t.Fatalf("no end within 10 s, only %q", texts)
		}
	}
}

func mustArrive(t *testing.T, io emitter.Emitter, messages <-chan []byte, want ...string) {
	t.Helper()
	if err := io.Emit(context.Background(), "end"); err != nil {
		t.Fatal(err)
	}
	got := arrived(t, messages)
	if len(got) != len(want) {
		t.Fatalf("arrived %q, want %q", got, want)
	}
	for i := range got {
		if got[i] != `["`+want[i]+`"]` {
			t.Fatalf("arrived %q, want %q", got, want)
		}
	}
}

func startSession(t *testing.T, c *mongo.Collection) (context.Context, *mongo.Session) {
	t.Helper()
	session, err := c.Database().Client().StartSession()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.EndSession(context.Background()) })
	return mongo.NewSessionContext(t.Context(), session), session
}

func TestTransaction(t *testing.T) {
	s := mongotest.Start(t)
	c := connect(t, s.Addr)
	d := mongodriver.New(c)
	defer d.Close()
	io := emitter.New(d)
	got := watch(t, connect(t, s.Addr), "/", "")
	ctx, session := startSession(t, c)

	emitAll := func() {
		t.Helper()
		batch := emitter.NewBatch(d)
		for _, err := range []error{
			io.Emit(ctx, "a"), io.Emit(ctx, "b"),
			io.Via(batch).Emit(ctx, "c"), io.Via(batch).Emit(ctx, "d"), batch.Flush(ctx),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, end := range []struct {
		name string
		call func(context.Context) error
		want []string
	}{
		{"abort", session.AbortTransaction, nil},
		{"commit", session.CommitTransaction, []string{"a", "b", "c", "d"}},
	} {
		if err := session.StartTransaction(); err != nil {
			t.Fatal(err)
		}
		emitAll()
		mustArrive(t, io, got) // nothing before the end, from another context
		if err := end.call(ctx); err != nil {
			t.Fatal(err)
		}
		mustArrive(t, io, got, end.want...)
	}
	emitAll() // in the session, but in no transaction
	mustArrive(t, io, got, "a", "b", "c", "d")
}

func TestAskingInASession(t *testing.T) {
	s := mongotest.Start(t)
	c := connect(t, s.Addr)
	d := mongodriver.New(c)
	defer d.Close()
	got := watch(t, connect(t, s.Addr), "/", "")
	ctx, session := startSession(t, c)
	if err := session.StartTransaction(); err != nil {
		t.Fatal(err)
	}
	io := emitter.New(d)
	start := time.Now()
	for name, ask := range map[string]func() error{
		"Sockets":     func() error { _, err := io.Sockets(ctx); return err },
		"Rooms":       func() error { _, err := io.Rooms(ctx); return err },
		"Servers":     func() error { _, err := io.Servers(ctx); return err },
		"EmitWithAck": func() error { _, err := io.EmitWithAck(ctx, "ready?"); return err },
		"Sync": func() error {
			if err := io.Emit(ctx, "before"); err != nil {
				return err
			}
			return io.Sync(ctx)
		},
		"RequireServers": func() error { return emitter.New(d, emitter.RequireServers()).Emit(ctx, "a") },
		"Window": func() error {
			b := emitter.NewBatch(d, emitter.Window(0))
			if err := io.Via(b).Emit(ctx, "a"); err != nil {
				return err
			}
			return b.Flush(ctx)
		},
		"a question by hand": func() error {
			req := &protocol.Request{Prefix: "socket.io", Namespace: "/", Node: protocol.NewNodeID(), ID: protocol.NewID(), Type: protocol.AllRooms}
			_, err := d.Send(ctx, req)
			return err
		},
	} {
		if err := ask(); !errors.Is(err, emitter.ErrUnsupported) {
			t.Errorf("%s in a transaction: %v, not ErrUnsupported", name, err)
		}
	}
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("that was not at once: %v", took)
	}
	if err := session.AbortTransaction(ctx); err != nil {
		t.Fatal(err)
	}
	mustArrive(t, io, got)
}

// TestConcurrentSessions: what shares a round trip must not share a transaction.
func TestConcurrentSessions(t *testing.T) {
	s := mongotest.Start(t)
	c := connect(t, s.Addr)
	d := mongodriver.New(c)
	defer d.Close()
	io := emitter.New(d)
	inside, outside := watch(t, c, "/inside", ""), watch(t, c, "/outside", "")
	ctx, session := startSession(t, c)
	if err := session.StartTransaction(); err != nil {
		t.Fatal(err)
	}
	const each = 200
	done := make(chan error, 17)
	go func() {
		var err error
		for range each {
			err = errors.Join(err, io.Of("/inside").Emit(ctx, "inside"))
		}
		done <- err
	}()
	for range 16 {
		go func() {
			var err error
			for range each {
				err = errors.Join(err, io.Of("/outside").Emit(context.Background(), "outside"))
			}
			done <- err
		}()
	}
	for range 17 {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if err := session.AbortTransaction(ctx); err != nil {
		t.Fatal(err)
	}
	mustArrive(t, io.Of("/inside"), inside)
	if err := io.Of("/outside").Emit(t.Context(), "end"); err != nil {
		t.Fatal(err)
	}
	if n := len(arrived(t, outside)); n != 16*each {
		t.Errorf("%d of %d events outside of the transaction arrived", n, 16*each)
	}
}

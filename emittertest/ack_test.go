//go:build !nocommon && !nomsgpack

package emittertest_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/emittertest"
	"github.com/sioxide/emitter/protocol"
)

func yes(string, []any) []any { return []any{"yes"} }

// ask returns the errors of the answers by socket, when they came, and how the
// stream ended.
func ask(t *testing.T, io emitter.Emitter) (errs map[string]error, last error, took time.Duration) {
	t.Helper()
	start := time.Now()
	acks, err := io.EmitWithAck(t.Context(), "ask", 1)
	if err != nil {
		t.Fatal(err)
	}
	errs = map[string]error{}
	for ack, err := range acks.All() {
		if last = err; err == nil {
			errs[ack.Socket] = ack.Err
		}
	}
	return errs, last, time.Since(start)
}

func TestAckTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := emittertest.NewCluster(2)
		quick, slow, silent := c.Connect(0, "/"), c.Connect(1, "/"), c.Connect(1, "/")
		quick.OnAck(yes)
		slow.OnAck(func(string, []any) []any { time.Sleep(3 * time.Second); return []any{"late"} })
		io := emitter.New(c)

		errs, last, took := ask(t, io)
		if errs[quick.ID] != nil || errs[slow.ID] != nil || !errors.Is(errs[silent.ID], emitter.ErrAckTimeout) || len(errs) != 3 || last != nil || took != emittertest.DefaultAckTimeout {
			t.Errorf("after %v: %v, %v; the silent one's server waits 5 s", took, errs, last)
		}
		errs, last, took = ask(t, io.Timeout(2*time.Second))
		if errs[quick.ID] != nil || !errors.Is(errs[slow.ID], emitter.ErrAckTimeout) || !errors.Is(errs[silent.ID], emitter.ErrAckTimeout) || last != nil || took != 2*time.Second {
			t.Errorf("after %v: %v, %v; the servers were told 2 s", took, errs, last)
		}
		errs, last, took = ask(t, io.ToSocket(quick.ID))
		if len(errs) != 1 || last != nil || took != 0 {
			t.Errorf("after %v: %v, %v; an answer takes no time", took, errs, last)
		}
		errs, last, took = ask(t, io.To("nobody"))
		if len(errs) != 0 || last != nil || took != 0 {
			t.Errorf("after %v: %v, %v; nobody is asked", took, errs, last)
		}
		time.Sleep(time.Second) // the slow one answers its second question, too late
	})
}

func TestLeavingBeforeTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := emittertest.NewCluster(2)
		gone, removed := c.Connect(0, "/"), c.Connect(1, "/", "r")
		io := emitter.New(c)
		time.AfterFunc(time.Second, gone.Disconnect)
		time.AfterFunc(2*time.Second, func() {
			if err := io.To("r").Disconnect(t.Context()); err != nil {
				t.Error(err)
			}
		})
		errs, last, took := ask(t, io)
		if !errors.Is(errs[gone.ID], emitter.ErrSocketClosed) || !errors.Is(errs[removed.ID], emitter.ErrSocketClosed) || last != nil || took != 2*time.Second {
			t.Errorf("after %v: %v, %v", took, errs, last)
		}
	})
}

// A handler may use the cluster: it runs without its locks.
func TestHandlersMayUseTheCluster(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := emittertest.NewCluster(1)
		s := c.Connect(0, "/", "r")
		io := emitter.New(c)
		s.OnAck(func(event string, args []any) []any {
			rooms, err := io.Rooms(t.Context())
			if err != nil || io.Emit(t.Context(), "inner") != nil {
				t.Error("asking and emitting from a handler failed:", err)
			}
			s.OnAck(yes)
			return []any{event, args, rooms, len(s.Received())}
		})
		acks, err := io.EmitWithAck(t.Context(), "ask", 1)
		if err != nil {
			t.Fatal(err)
		}
		ack, err := acks.First()
		var event string
		var args []int
		var rooms []string
		var received int
		if err := errors.Join(err, ack.Decode(&event, &args, &rooms, &received)); err != nil || event != "ask" || len(args) != 1 || len(rooms) != 1 || received != 2 {
			t.Errorf("%v: %q %v %v %d", err, event, args, rooms, received)
		}
	})
}

// What is broken off leaves nothing behind: synctest ends only when every
// goroutine has.
func TestAbandonedQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := emittertest.NewCluster(2)
		c.Connect(0, "/") // it never answers
		start := time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		if _, err := emitter.New(c).EmitWithAck(ctx, "ask"); err != nil {
			t.Fatal(err)
		}
		cancel()
		acks, err := emitter.New(c).EmitWithAck(t.Context(), "ask")
		if err != nil {
			t.Fatal(err)
		}
		_ = acks.Close()
		synctest.Wait()
		if took := time.Since(start); took != 0 {
			t.Errorf("took %v", took)
		}
	})
}

// A question that nobody listens to ends at once, as nobody could hear of it.
func TestUnheardQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := emittertest.NewCluster(1)
		s := c.Connect(0, "/")
		req := request(protocol.BroadcastWithAck, protocol.Opts{Flags: protocol.FlagBroadcast})
		req.Packet = hello()
		if n, err := c.Send(t.Context(), req); n != 1 || err != nil || len(s.Received()) != 1 {
			t.Errorf("%d servers, %v, received %v", n, err, s.Received())
		}
	})
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := emittertest.NewCluster(1)
		s := c.Connect(0, "/")
		io := emitter.New(c)
		acks, err := io.EmitWithAck(t.Context(), "ask")
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(c.Close(), c.Close()); err != nil {
			t.Error(err)
		}
		if _, err := acks.First(); !errors.Is(err, emitter.ErrClosed) {
			t.Errorf("a question that waits: %v", err)
		}
		if _, err := io.EmitWithAck(t.Context(), "ask"); !errors.Is(err, emitter.ErrClosed) {
			t.Errorf("a question after Close: %v", err)
		}
		if _, err := io.Sockets(t.Context()); !errors.Is(err, emitter.ErrClosed) {
			t.Errorf("Sockets after Close: %v", err)
		}
		if len(s.Received()) != 1 {
			t.Errorf("received %v", s.Received())
		}
	})
}

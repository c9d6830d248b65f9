//go:build !nocommon && !nomsgpack

package emitter_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/emittertest"
	"github.com/sioxide/emitter/protocol"
)

func echo(event string, args []any) []any { return append([]any{event}, args...) }

func TestAcksOfBothParsers(t *testing.T) {
	for name, newEmitter := range map[string]func(emitter.Driver, ...emitter.Option) emitter.Emitter{"common": emitter.New, "msgpack": emitter.NewMsgpack} {
		c, s := threeServers()
		for _, one := range s {
			one.OnAck(echo)
		}
		blob := []byte{0, 1, 2, 255}
		acks, err := newEmitter(c).To("r").EmitWithAck(t.Context(), "ask", 7, map[string]any{"deep": blob}, blob)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]string{}
		for ack, err := range acks.All() {
			if err != nil || ack.Err != nil {
				t.Fatalf("%s: %v, %v", name, err, ack.Err)
			}
			var event string
			var n int
			var deep struct{ Deep []byte }
			var flat []byte
			if err := ack.Decode(&event, &n, &deep, &flat); err != nil || event != "ask" || n != 7 || !bytes.Equal(deep.Deep, blob) || !bytes.Equal(flat, blob) {
				t.Errorf("%s: %v: %q %d %v %v", name, err, event, n, deep, flat)
			}
			if first, err := emitter.AckArg[string](ack); err != nil || first != "ask" {
				t.Errorf("%s: first argument %q, %v", name, first, err)
			}
			want := []any{"ask", 7.0, map[string]any{"deep": blob}, blob}
			if all, err := ack.Args(); err != nil || !reflect.DeepEqual(all, want) {
				t.Errorf("%s: all arguments %v, %v", name, all, err)
			}
			seen[ack.Socket] = ack.Server
		}
		if len(seen) != 3 || seen[s[0].ID] != s[0].Server || acks.Expected() != 3 || acks.Received() != 3 || acks.Silent() != nil {
			t.Errorf("%s: answers of %v, expected %d, received %d, silent %v", name, seen, acks.Expected(), acks.Received(), acks.Silent())
		}
	}
}

func TestAcksOfNobody(t *testing.T) {
	c, _ := threeServers()
	acks, err := emitter.New(c).To("nobody").EmitWithAck(t.Context(), "ask")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := acks.First(); !errors.Is(err, emitter.ErrNoAnswer) {
		t.Errorf("%v, want ErrNoAnswer", err)
	}
	for _, err := range acks.All() {
		t.Errorf("an answer of nobody: %v", err)
	}
	for _, err := range acks.All() {
		if !errors.Is(err, emitter.ErrClosed) {
			t.Errorf("All for the second time: %v", err)
		}
	}
}

func TestAcksWithSocketErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := threeServers()
		s[0].OnAck(echo)
		time.AfterFunc(time.Second, s[1].Disconnect) // s[2] never answers
		start := time.Now()
		acks, err := emitter.New(c).To("r").Timeout(2*time.Second).EmitWithAck(t.Context(), "ask")
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]error{}
		for ack, err := range acks.All() {
			if err != nil {
				t.Error(err)
			}
			got[ack.Socket] = ack.Err
			if ack.Err != nil && !errors.Is(ack.Decode(new(int)), ack.Err) {
				t.Errorf("Decode of an error: %v", ack.Decode(new(int)))
			}
		}
		if got[s[0].ID] != nil || !errors.Is(got[s[1].ID], emitter.ErrSocketClosed) || !errors.Is(got[s[2].ID], emitter.ErrAckTimeout) || len(got) != 3 {
			t.Errorf("%v", got)
		}
		if d := time.Since(start); d != 2*time.Second {
			t.Errorf("the stream ended after %v, the servers were told 2 s", d)
		}
	})
}

func TestAcksOfASilentServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := threeServers()
		for _, one := range s {
			one.OnAck(echo)
		}
		d := &mute{Cluster: c, silent: map[string]bool{s[1].Server: true}}
		start := time.Now()
		acks, err := emitter.New(d).EmitWithAck(t.Context(), "ask")
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		var last error
		for ack, err := range acks.All() {
			if last = err; err == nil && ack.Err == nil {
				n++
			}
		}
		if n != 3 || !errors.Is(last, emitter.ErrTimeout) || time.Since(start) != 6*time.Second {
			t.Errorf("after %v: %d answers, %v; want 3 and ErrTimeout after 6 s", time.Since(start), n, last)
		}
		if silent := acks.Silent(); len(silent) != 1 || silent[0] != "" {
			t.Errorf("silent %q, want one server never heard of", silent)
		}
	})
}

func TestAcksEndWithTheirContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := threeServers()
		s[0].OnAck(echo)
		ctx, cancel := context.WithCancel(t.Context())
		acks, err := emitter.New(c).To("r").EmitWithAck(ctx, "ask")
		if err != nil {
			t.Fatal(err)
		}
		if ack, err := acks.First(); err != nil || ack.Socket != s[0].ID {
			t.Errorf("first answer %+v, %v", ack, err)
		}
		cancel()
		if _, err := acks.First(); !errors.Is(err, emitter.ErrTimeout) || !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want ErrTimeout and context.Canceled", err)
		}
		_ = acks.Close()
		_ = acks.Close()
	})
}

func TestAcksCanBeLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := threeServers()
		s[0].OnAck(echo)
		s[1].OnAck(echo)
		acks, err := emitter.New(c).To("r").EmitWithAck(t.Context(), "ask")
		if err != nil {
			t.Fatal(err)
		}
		for range acks.All() {
			break
		}
		if _, err := acks.First(); err != nil && !errors.Is(err, emitter.ErrClosed) {
			t.Errorf("after the loop was left: %v", err)
		}
		if _, err := emitter.New(c).To("r").EmitWithAck(t.Context(), "never read"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		time.Sleep(10 * time.Second) // synthetic: past every deadline, then the bubble must be empty
	})
}

func TestVolatileAcksAreRefused(t *testing.T) {
	c, s := threeServers()
	_, err := emitter.New(c).Volatile().EmitWithAck(t.Context(), "ask")
	if !errors.Is(err, emitter.ErrUnsupported) || len(s[0].Received()) != 0 {
		t.Errorf("%v, received %v", err, s[0].Received())
	}
}

// scripted answers a question by a list of responses.
type scripted struct {
	*emittertest.Cluster
	say  []protocol.Response
	sink func(protocol.Response)
}

func (d *scripted) Listen(_ context.Context, _ *protocol.Request, sink func(protocol.Response)) (func(), error) {
	d.sink = sink
	return func() {}, nil
}

func (d *scripted) Send(_ context.Context, req *protocol.Request) (int, error) {
	for _, res := range d.say {
		res.Request = req.ID
		d.sink(res)
	}
	return 1, nil
}

func ackCount(n int) protocol.Response {
	return protocol.Response{Server: id(serverA), Kind: protocol.KindAckCount, Count: n}
}

func ackOf(sid string, text string) protocol.Response {
	return protocol.Response{Server: id(serverA), Kind: protocol.KindAck, Ack: &protocol.Ack{Socket: id(sid), Value: protocol.Value{Data: []byte(text)}}}
}

// Servers before core 0.20 count a socket once for each room that selects it.
func TestTwoAnswersOfOneSocketAreOne(t *testing.T) {
	d := &scripted{say: []protocol.Response{ackCount(3), ackOf(sidA, `[1]`), ackOf(sidA, `[1]`), ackOf(sidB, `[2]`)}}
	acks, err := emitter.New(d).EmitWithAck(t.Context(), "ask")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, err := range acks.All() {
		if err != nil {
			t.Error(err)
		}
		n++
	}
	if n != 2 || acks.Expected() != 2 || acks.Received() != 2 {
		t.Errorf("%d answers, expected %d, received %d; want 2", n, acks.Expected(), acks.Received())
	}
}

// Answers that were never announced cost nothing, and an unread stream is bounded.
func TestFloodsOfAnswers(t *testing.T) {
	d := &scripted{say: []protocol.Response{ackOf(sidA, `[1]`), ackCount(1), ackOf(sidA, `[1]`), ackOf(sidB, `[2]`)}}
	acks, err := emitter.New(d).EmitWithAck(t.Context(), "ask")
	if err != nil || acks.Received() != 1 {
		t.Errorf("%v, received %d, want the announced one", err, acks.Received())
	}
	big := fmt.Sprintf("[%q]", bytes.Repeat([]byte("x"), 1<<20))
	d.say = []protocol.Response{ackCount(100)}
	for range 70 {
		d.say = append(d.say, ackOf(protocol.NewID().String(), big))
	}
	acks, err = emitter.New(d).EmitWithAck(t.Context(), "ask")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	var last error
	for _, err := range acks.All() {
		if last = err; err == nil {
			n++
		}
	}
	if n != 63 || !errors.Is(last, emitter.ErrTooLarge) {
		t.Errorf("%d answers and %v; want 64 MiB of them and ErrTooLarge", n, last)
	}
}

func TestOncePerSocket(t *testing.T) {
	rec := emittertest.NewRecorder()
	io := emitter.New(rec, emitter.OncePerSocket())
	if err := io.To("a", "b", "a", "c").Except("x").Emit(t.Context(), "e"); err != nil {
		t.Fatal(err)
	}
	want := []string{"[a] [x]", "[b] [x a]", "[c] [x a b a]"}
	sent := rec.Requests()
	if len(sent) != len(want) {
		t.Fatalf("%d requests, want %d", len(sent), len(want))
	}
	for i, r := range sent {
		if got := fmt.Sprint(r.Opts.Rooms, " ", r.Opts.Except); got != want[i] {
			t.Errorf("request %d: %s, want %s", i, got, want[i])
		}
	}
	c := emittertest.NewCluster(1)
	both := c.Connect(0, "/", "a", "b")
	both.OnAck(echo)
	acks, err := emitter.New(c, emitter.OncePerSocket()).To("a", "b").EmitWithAck(t.Context(), "ask")
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range acks.All() {
		if err != nil {
			t.Error(err)
		}
	}
	if n := len(both.Received()); n != 1 || acks.Received() != 1 {
		t.Errorf("the socket received the event %d times, %d answers", n, acks.Received())
	}
}

package kafkadriver_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/kafkadriver"
)

// TestWire compares records with what the driver for Redis publishes, which is what a
// PublishFunc gets: key for channel, value for message.
func TestWire(t *testing.T) {
	addr := fake(t).ListenAddrs()[0]
	d := kafkadriver.New(client(t, addr))
	reader := client(t, addr, kgo.ConsumeTopics("socket.io"))
	var channel string
	var message []byte
	publish := emitter.PublishFunc(func(_ context.Context, c string, data []byte) error {
		channel, message = c, bytes.Clone(data)
		return nil
	})
	calls := map[string]func(emitter.Emitter) error{
		"an event":    func(io emitter.Emitter) error { return io.To("a").Except("b").Emit(t.Context(), "event", "text", 1) },
		"binaries":    func(io emitter.Emitter) error { return io.Emit(t.Context(), "event", []byte{1, 2, 3}) },
		"a namespace": func(io emitter.Emitter) error { return io.Of("/admin").Join(t.Context(), "ü") },
		"one server": func(io emitter.Emitter) error {
			return io.Of("/admin").ToServer("AAAAAAAAAAAAAAAA").Disconnect(t.Context())
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			if err := call(emitter.NewMsgpack(publish)); err != nil {
				t.Fatal(err)
			}
			if err := call(emitter.NewMsgpack(d)); err != nil {
				t.Fatal(err)
			}
			r := next(t, reader)
			if r.Topic != "socket.io" || string(r.Key) != channel || len(r.Headers) != 0 {
				t.Errorf("topic %q, key %q, headers %v; want key %q", r.Topic, r.Key, r.Headers, channel)
			}
			if got, want := anonymous(r.Value), anonymous(message); !bytes.Equal(got, want) {
				t.Errorf("value %q, want %q", got, want)
			}
		})
	}
}

// anonymous takes the request's id out, which is another one each time: an array's head,
// the node's id with its own, and then the request's.
func anonymous(message []byte) []byte {
	const at, idLen = 1 + 17, 17
	return append(bytes.Clone(message[:at]), message[at+idLen:]...)
}

func next(t *testing.T, c *kgo.Client) *kgo.Record {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		fetches := c.PollRecords(ctx, 1)
		if records := fetches.Records(); len(records) > 0 {
			return records[0]
		}
		if ctx.Err() != nil {
			t.Fatalf("no record came: %v", fetches.Err())
		}
	}
}

// TestLostAnswer loses the answers to writes: the client repeats them, and each is there
// once.
func TestLostAnswer(t *testing.T) {
	addr := realKafka(t).Addr
	b := newBroker(t, addr)
	d := kafkadriver.New(b.connect(t))
	got := watch(t, addr, "socket.io", emitter.RequestChannel("socket.io", "/lost", ""))
	const n = 5
	var want [][]byte
	for i := range n {
		req := sized(10)
		req.Namespace = "/lost"
		want = append(want, req.AppendMsgpack(nil))
		if i > 0 { // a connection is open
			b.proxy.CutNext()
		}
		if _, err := d.Send(t.Context(), req); err != nil {
			t.Fatalf("a client repeats a write whose answer was lost: %v", err)
		}
		if cuts := b.proxy.Cuts(); cuts != i {
			t.Fatalf("%d answers were lost, want %d", cuts, i)
		}
	}
	last := sized(20)
	last.Namespace = "/lost"
	if _, err := d.Send(t.Context(), last); err != nil {
		t.Fatal(err)
	}
	for i, message := range append(want, last.AppendMsgpack(nil)) {
		select {
		case b := <-got:
			if !bytes.Equal(b, message) {
				t.Fatalf("message %d came twice, or not in order", i)
			}
		case <-time.After(patience):
			t.Fatalf("message %d did not come", i)
		}
	}
}

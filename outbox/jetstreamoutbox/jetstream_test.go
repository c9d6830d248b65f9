package jetstreamoutbox_test

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/drivertest/natstest"
	"github.com/sioxide/emitter/outbox"
	"github.com/sioxide/emitter/outbox/jetstreamoutbox"
	"github.com/sioxide/emitter/protocol"
)

const (
	stream     = "OUTBOX"
	partitions = 4
)

func connect(t testing.TB, server *natstest.Server) jetstream.JetStream {
	t.Helper()
	conn, err := nats.Connect(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

func create(t testing.TB, js jetstream.JetStream, config jetstream.StreamConfig) {
	t.Helper()
	if _, err := js.CreateStream(t.Context(), config); err != nil {
		t.Fatal(err)
	}
}

// reader reads the stream in its order.
func reader(t testing.TB, js jetstream.JetStream) func(n int) []jetstream.Msg {
	t.Helper()
	c, err := js.CreateConsumer(t.Context(), stream, jetstream.ConsumerConfig{AckPolicy: jetstream.AckNonePolicy})
	if err != nil {
		t.Fatal(err)
	}
	return func(n int) []jetstream.Msg {
		t.Helper()
		batch, err := c.Fetch(n, jetstream.FetchMaxWait(30*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		var all []jetstream.Msg
		for m := range batch.Messages() {
			all = append(all, m)
		}
		if batch.Error() != nil || len(all) != n {
			t.Fatalf("%d of %d messages, %v", len(all), n, batch.Error())
		}
		return all
	}
}

// subjectOf is where the documentation says that a key belongs.
func subjectOf(key string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(key))
	return fmt.Sprintf("out.box.%d", h.Sum32()%partitions)
}

func TestJetStream(t *testing.T) {
	server := natstest.Start(t, natstest.JetStream...)
	js := connect(t, server)
	create(t, js, jetstream.StreamConfig{Name: stream, Subjects: []string{"out.box.0", "out.box.1", "out.box.2", "out.box.3"}})
	read := reader(t, js)

	t.Run("an emit is a message", func(t *testing.T) {
		io := emitter.New(jetstreamoutbox.New(js, stream))
		if err := io.Of("/ü").To("a").Emit(t.Context(), "news", 1); err != nil {
			t.Fatal(err)
		}
		m := read(1)[0]
		o, err := outbox.Decode(m.Data())
		key, _ := url.PathUnescape(m.Headers().Get("Sioxide-Key"))
		if err != nil || key != "socket.io#/ü" || m.Subject() != subjectOf(key) || o.Event != "news" || m.Headers().Get("Nats-Msg-Id") != o.ID {
			t.Errorf("%s: %v %s, %v", m.Subject(), m.Headers(), m.Data(), err)
		}
	})
	t.Run("what comes twice is there once", func(t *testing.T) {
		d := jetstreamoutbox.New(js, stream)
		req := &protocol.Request{Type: protocol.DisconnectSockets, ID: protocol.NewID(), Opts: protocol.Opts{Flags: protocol.FlagBroadcast}}
		for range 2 {
			if _, err := d.Send(t.Context(), req); err != nil {
				t.Fatal(err)
			}
		}
		if err := emitter.New(d).Emit(t.Context(), "after"); err != nil {
			t.Fatal(err)
		}
		if o, err := outbox.Decode(read(2)[1].Data()); err != nil || o.Event != "after" {
			t.Errorf("after one disconnect: %+v, %v", o, err)
		}
	})
	t.Run("a batch keeps the order of each key", func(t *testing.T) {
		const keys, n = 5, 300
		key := func(req *protocol.Request) string { return req.Opts.Rooms[0] }
		b := emitter.NewBatch(jetstreamoutbox.New(js, stream, outbox.WithKey(key)))
		io := emitter.New(b)
		for i := range n {
			for k := range keys {
				if err := io.To(fmt.Sprint("room", k)).Emit(t.Context(), fmt.Sprint("e", i)); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := b.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		next, used := make(map[string]int), make(map[string]bool)
		for _, m := range read(keys * n) {
			k := m.Headers().Get("Sioxide-Key")
			o, err := outbox.Decode(m.Data())
			if err != nil || o.Event != fmt.Sprint("e", next[k]) || m.Subject() != subjectOf(k) {
				t.Fatalf("%q on %s: %s came as number %d, %v", k, m.Subject(), m.Data(), next[k], err)
			}
			next[k]++
			used[m.Subject()] = true
		}
		if len(used) < 2 {
			t.Errorf("all keys went to %v", used)
		}
	})
	t.Run("what is refused was not sent", func(t *testing.T) { refused(t, js) })
	t.Run("a server that is away", func(t *testing.T) {
		resume, err := server.Pause()
		if err != nil {
			t.Fatal(err)
		}
		defer resume()
		d := jetstreamoutbox.New(js, stream)
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		if err := emitter.New(d).Emit(ctx, "never"); !errors.Is(err, context.DeadlineExceeded) || !emitter.SafeToRetry(err) {
			t.Errorf("before the stream was looked at: %v", err)
		}
		resume()
		if err := emitter.New(d).Emit(t.Context(), "first"); err != nil {
			t.Fatal(err)
		}
		if resume, err = server.Pause(); err != nil {
			t.Fatal(err)
		}
		defer resume()
		ctx, cancel = context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		if err := emitter.New(d).Emit(ctx, "late"); !errors.Is(err, context.DeadlineExceeded) || emitter.SafeToRetry(err) {
			t.Errorf("%v; it may have been written", err)
		}
		resume()
		if o, err := outbox.Decode(read(2)[1].Data()); err != nil || o.Event != "late" {
			t.Errorf("%+v, %v", o, err)
		}
	})
}

func refused(t *testing.T, js jetstream.JetStream) {
	create(t, js, jetstream.StreamConfig{Name: "WRONG", Subjects: []string{"wrong.*"}})
	create(t, js, jetstream.StreamConfig{Name: "FULL", Subjects: []string{"full.0"}, MaxBytes: 100, Discard: jetstream.DiscardNew})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	to := func(stream string) emitter.Emitter { return emitter.New(jetstreamoutbox.New(js, stream)) }
	large := strings.Repeat("x", 2_000_000)
	for name, c := range map[string]struct {
		err  error
		want error
	}{
		"a question":        {second(to(stream).Rooms(t.Context())), emitter.ErrUnsupported},
		"RequireServers":    {emitter.New(jetstreamoutbox.New(js, stream), emitter.RequireServers()).Emit(t.Context(), "e"), emitter.ErrUnsupported},
		"an ended context":  {to(stream).Emit(ended, "e"), context.Canceled},
		"a large operation": {to(stream).Emit(t.Context(), "e", large), emitter.ErrTooLarge},
		"a missing stream":  {to("MISSING").Emit(t.Context(), "e"), jetstream.ErrStreamNotFound},
		"a wrong stream":    {to("WRONG").Emit(t.Context(), "e"), nil},
		"a full stream":     {to("FULL").Emit(t.Context(), "e", "of more than a hundred bytes"), nil},
		"no JetStream":      {emitter.New(jetstreamoutbox.New(nil, stream)).Emit(t.Context(), "e"), emitter.ErrNoDriver},
	} {
		if c.err == nil || c.want != nil && !errors.Is(c.err, c.want) || !emitter.SafeToRetry(c.err) {
			t.Errorf("%s: %v (safe to retry: %v)", name, c.err, emitter.SafeToRetry(c.err))
		}
	}
}

func second[T any](_ T, err error) error { return err }

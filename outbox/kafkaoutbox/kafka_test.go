package kafkaoutbox_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/drivertest/kafkatest"
	"github.com/sioxide/emitter/outbox"
	"github.com/sioxide/emitter/outbox/kafkaoutbox"
	"github.com/sioxide/emitter/protocol"
)

const topic = "outbox"

func connect(t testing.TB, addr string, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	client, err := kgo.NewClient(append(opts, kgo.SeedBrokers(addr), kgo.FetchMaxWait(100*time.Millisecond))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// read returns the next n records of the topic.
func read(t testing.TB, reader *kgo.Client, n int) []*kgo.Record {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var all []*kgo.Record
	for len(all) < n {
		fetches := reader.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		all = append(all, fetches.Records()...)
	}
	return all
}

func TestKafka(t *testing.T) {
	server := kafkatest.Start(t)
	client := connect(t, server.Addr)
	if _, err := kadm.NewClient(client).CreateTopic(t.Context(), 4, 1, nil, topic); err != nil {
		t.Fatal(err)
	}
	reader := connect(t, server.Addr, kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))

	t.Run("an emit is a record", func(t *testing.T) {
		io := emitter.New(kafkaoutbox.New(client, topic))
		if err := io.Of("/admin").To("a").Emit(t.Context(), "news", 1); err != nil {
			t.Fatal(err)
		}
		r := read(t, reader, 1)[0]
		o, err := outbox.Decode(r.Value)
		if err != nil || string(r.Key) != "socket.io#/admin" || o.Event != "news" || o.ID == "" || o.To[0] != "a" {
			t.Errorf("%q: %s, %v", r.Key, r.Value, err)
		}
	})
	t.Run("a batch keeps the order of each key", func(t *testing.T) {
		const keys, n = 5, 500
		key := func(req *protocol.Request) string { return req.Opts.Rooms[0] }
		b := emitter.NewBatch(kafkaoutbox.New(client, topic, outbox.WithKey(key)))
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
		next := make(map[string]int)
		for _, r := range read(t, reader, keys*n) {
			o, err := outbox.Decode(r.Value)
			if err != nil || o.Event != fmt.Sprint("e", next[string(r.Key)]) {
				t.Fatalf("%q: %s came as number %d, %v", r.Key, r.Value, next[string(r.Key)], err)
			}
			next[string(r.Key)]++
		}
	})
	t.Run("what is refused was not sent", func(t *testing.T) { refused(t, client) })
	t.Run("a broker that is away", func(t *testing.T) {
		resume, err := server.Pause()
		if err != nil {
			t.Fatal(err)
		}
		defer resume()
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		err = emitter.New(kafkaoutbox.New(client, topic)).Emit(ctx, "late")
		if !errors.Is(err, context.DeadlineExceeded) || emitter.SafeToRetry(err) {
			t.Errorf("%v; it may have been written", err)
		}
		resume()
		if o, err := outbox.Decode(read(t, reader, 1)[0].Value); err != nil || o.Event != "late" {
			t.Errorf("%+v, %v", o, err)
		}
	})
}

func refused(t *testing.T, client *kgo.Client) {
	d := kafkaoutbox.New(client, topic)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	large := strings.Repeat("x", 2_000_000)
	for name, c := range map[string]struct {
		err  error
		want error
	}{
		"a question":          {second(emitter.New(d).Rooms(t.Context())), emitter.ErrUnsupported},
		"RequireServers":      {emitter.New(d, emitter.RequireServers()).Emit(t.Context(), "e"), emitter.ErrUnsupported},
		"an ended context":    {emitter.New(d).Emit(ended, "e"), context.Canceled},
		"a large operation":   {emitter.New(d).Emit(t.Context(), "e", large), emitter.ErrTooLarge},
		"a missing topic":     {emitter.New(kafkaoutbox.New(client, "missing")).Emit(t.Context(), "e"), nil},
		"no client":           {emitter.New(kafkaoutbox.New(nil, topic)).Emit(t.Context(), "e"), emitter.ErrNoDriver},
		"a client in a hurry": {emitter.New(kafkaoutbox.New(connect(t, "127.0.0.1:1", kgo.RequiredAcks(kgo.LeaderAck()), kgo.DisableIdempotentWrite()), topic)).Emit(t.Context(), "e"), emitter.ErrUnsupported},
	} {
		if c.err == nil || c.want != nil && !errors.Is(c.err, c.want) || !emitter.SafeToRetry(c.err) {
			t.Errorf("%s: %v (safe to retry: %v)", name, c.err, emitter.SafeToRetry(c.err))
		}
	}
}

func second[T any](_ T, err error) error { return err }

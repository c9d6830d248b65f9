package kafkadriver_test

import (
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/drivertest"
	"github.com/sioxide/emitter/driver/drivertest/netproxy"
	"github.com/sioxide/emitter/driver/kafkadriver"
)

// broker is a Kafka, and a way to it that can fail.
type broker struct {
	addr  string
	proxy *netproxy.Proxy
}

func newBroker(t testing.TB, addr string) *broker {
	return &broker{addr, netproxy.New(t, addr, isProduce)}
}

// isProduce tells whether what a client sent begins with a produce request: a length,
// and 0 as its key.
func isProduce(sent []byte) bool {
	return len(sent) > 6 && binary.BigEndian.Uint16(sent[4:]) == 0
}

// connect returns a client that goes through the proxy.
func (b *broker) connect(t testing.TB, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", b.proxy.Addr)
	}
	return client(t, b.addr, append([]kgo.Opt{kgo.Dialer(dial)}, opts...)...)
}

func client(t testing.TB, addr string, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(addr)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// watch returns the values of the records with a key, in the order of their partition,
// read as servers do: each partition from its end on.
func watch(t testing.TB, addr, prefix, key string) <-chan []byte {
	t.Helper()
	topic := kafkadriver.Topic(prefix)
	c := client(t, addr)
	ends, err := kadm.NewClient(c).ListEndOffsets(t.Context(), topic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		t.Fatalf("watch: %v", err)
	}
	from := make(map[int32]kgo.Offset)
	ends.Each(func(o kadm.ListedOffset) { from[o.Partition] = kgo.NewOffset().At(o.Offset) })
	c.AddConsumePartitions(map[string]map[int32]kgo.Offset{topic: from})
	messages := make(chan []byte, 1<<16)
	ctx, cancel := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() {
		for ctx.Err() == nil {
			fetches := c.PollFetches(ctx)
			fetches.EachRecord(func(r *kgo.Record) {
				if string(r.Key) == key {
					messages <- r.Value
				}
			})
		}
	})
	t.Cleanup(func() {
		cancel()
		ended.Wait()
	})
	return messages
}

// produce writes a record as a server does.
func produce(t testing.TB, c *kgo.Client, prefix, key string, value []byte) {
	t.Helper()
	r := &kgo.Record{Topic: kafkadriver.Topic(prefix), Key: []byte(key), Value: value}
	if err := c.ProduceSync(context.Background(), r).FirstErr(); err != nil {
		t.Errorf("produce: %v", err)
	}
}

// harness is a driver behind a proxy. Its writes are idempotent, so that no answer can
// be lost for good: TestLostAnswer has it lost.
func harness(t *testing.T, addr string, opts ...kgo.Opt) drivertest.Harness {
	b := newBroker(t, addr)
	direct := client(t, addr)
	return drivertest.Harness{
		MaxMessage: 900_000, Repeats: true,
		New: func(t testing.TB) emitter.Driver {
			return kafkadriver.New(b.connect(t, opts...), kafkadriver.WithLogger(slog.New(slog.DiscardHandler)))
		},
		Watch: func(t testing.TB, prefix, namespace, server string) <-chan []byte {
			return watch(t, addr, prefix, emitter.RequestChannel(prefix, namespace, server))
		},
		Stall: b.proxy.Stall,
		Answer: func(t testing.TB, prefix, namespace, node string, data []byte) {
			produce(t, direct, prefix, emitter.ResponseChannel(prefix, namespace, node), data)
		},
		Drop: func(testing.TB) { b.proxy.CloseAll() },
	}
}

func mustBe(t *testing.T, err, want error, safe bool, parts ...string) {
	t.Helper()
	if !errors.Is(err, want) || emitter.SafeToRetry(err) != safe {
		t.Errorf("%v: want %v, with SafeToRetry %v", err, want, safe)
		return
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%v: it does not say %q", err, part)
		}
	}
}

const patience = 20 * time.Second

package kafkasource_test

import (
	"context"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sioxide/emitter/driver/drivertest/netproxy"
	"github.com/sioxide/emitter/relay"
	"github.com/sioxide/emitter/relay/kafkasource"
	"github.com/sioxide/emitter/relay/sourcetest"
)

// fresh has a client look again soon when a topic is too new for a broker.
var fresh = kgo.MetadataMinAge(100 * time.Millisecond)

var places atomic.Int64

// place is a topic of its own on a broker.
type place struct {
	broker string
	topic  string
	client *kgo.Client
}

func newPlace(t testing.TB, broker string) *place {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(broker), fresh)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	p := &place{broker: broker, topic: fmt.Sprintf("outbox-%d", places.Add(1)), client: client}
	if _, err := kadm.NewClient(client).CreateTopic(t.Context(), 4, 1, nil, p.topic); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *place) source(t testing.TB, opts ...kgo.Opt) relay.Source {
	t.Helper()
	s, err := kafkasource.New(append([]kgo.Opt{kgo.SeedBrokers(p.broker), fresh}, opts...), p.topic, p.topic+"-relay")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (p *place) proxied(t testing.TB) (relay.Source, *netproxy.Proxy) {
	t.Helper()
	proxy := netproxy.New(t, p.broker, nil)
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, proxy.Addr)
	}
	return p.source(t, kgo.Dialer(dial)), proxy
}

func (p *place) put(t testing.TB, key string, data ...string) {
	t.Helper()
	var records []*kgo.Record
	for _, d := range data {
		records = append(records, &kgo.Record{Topic: p.topic, Key: []byte(key), Value: []byte(d)})
	}
	if err := p.client.ProduceSync(context.Background(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// letters reads a topic from its start to its end.
func (p *place) letters(t testing.TB) []*kgo.Record {
	t.Helper()
	topic := p.topic + ".dead"
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ends, err := kadm.NewClient(p.client).ListEndOffsets(ctx, topic)
	if err != nil {
		t.Fatal(err)
	}
	var left int64
	ends.Each(func(o kadm.ListedOffset) {
		if o.Err == nil {
			left += o.Offset
		}
	})
	reader, err := kgo.NewClient(kgo.SeedBrokers(p.broker), fresh, kgo.FetchMaxWait(100*time.Millisecond), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	var all []*kgo.Record
	for int64(len(all)) < left {
		fetches := reader.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		all = append(all, fetches.Records()...)
	}
	return all
}

func (p *place) dead(t testing.TB) []sourcetest.Dead {
	t.Helper()
	var dead []sourcetest.Dead
	for _, r := range p.letters(t) {
		dead = append(dead, sourcetest.Dead{Key: string(r.Key), Data: string(r.Value), Reason: headers(r)[kafkasource.HeaderReason]})
	}
	return dead
}

func headers(r *kgo.Record) map[string]string {
	m := make(map[string]string)
	for _, h := range r.Headers {
		m[h.Key] = string(h.Value)
	}
	return m
}

func (p *place) harness() sourcetest.Harness {
	return sourcetest.Harness{
		New:     func(t testing.TB) relay.Source { return p.source(t) },
		Proxied: p.proxied, Put: p.put, Dead: p.dead,
		Takeover: 15 * time.Second,
	}
}

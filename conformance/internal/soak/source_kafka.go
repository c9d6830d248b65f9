package soak

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sioxide/emitter/driver/drivertest/kafkatest"
	"github.com/sioxide/emitter/driver/drivertest/netproxy"
	"github.com/sioxide/emitter/relay/kafkasource"
)

const (
	kafkaTopic      = "outbox"
	kafkaGroup      = "relay"
	kafkaPartitions = 6
)

type kafka struct {
	server *kafkatest.Server
	proxy  *netproxy.Proxy
	client *kgo.Client // straight to the server
	admin  *kadm.Client
}

func startKafka(t testing.TB) source {
	t.Helper()
	k := new(kafka)
	k.server = kafkatest.StartBehind(t, func(to string) string {
		k.proxy = netproxy.New(t, to, nil)
		return k.proxy.Addr
	})
	client, err := kgo.NewClient(k.opts()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	k.client, k.admin = client, kadm.NewClient(client)
	for _, topic := range []string{kafkaTopic, kafkaTopic + ".dead"} {
		if _, err := k.admin.CreateTopic(t.Context(), kafkaPartitions, 1, nil, topic); err != nil {
			t.Fatal(err)
		}
	}
	return k
}

func (k *kafka) opts(more ...kgo.Opt) []kgo.Opt {
	return append([]kgo.Opt{kgo.SeedBrokers(k.server.Addr), kgo.MetadataMinAge(100 * time.Millisecond)}, more...)
}

func (k *kafka) url() string {
	return "kafka://" + k.proxy.Addr + "/" + kafkaTopic + "?group=" + kafkaGroup
}
func (k *kafka) link() *netproxy.Proxy { return k.proxy }

func (k *kafka) put(ctx context.Context, entries []entry) error {
	records := make([]*kgo.Record, len(entries))
	for i, e := range entries {
		records[i] = &kgo.Record{Topic: kafkaTopic, Key: []byte(e.key), Value: []byte(e.data)}
	}
	return k.client.ProduceSync(ctx, records...).FirstErr()
}

func (k *kafka) kill(t testing.TB) {
	t.Helper()
	if err := k.server.Kill(); err != nil {
		t.Fatal(err)
	}
}

func (k *kafka) restart(t testing.TB) {
	t.Helper()
	if err := k.server.Restart(); err != nil {
		t.Fatal(err)
	}
}

func (k *kafka) waiting(ctx context.Context) (int64, error) {
	ends, err := k.admin.ListEndOffsets(ctx, kafkaTopic)
	if err != nil {
		return 0, err
	}
	committed, err := k.admin.FetchOffsetsForTopics(ctx, kafkaGroup, kafkaTopic)
	if err != nil {
		return 0, err
	}
	left := int64(0)
	ends.Each(func(end kadm.ListedOffset) {
		at, _ := committed.Lookup(kafkaTopic, end.Partition)
		left += end.Offset - max(at.At, 0)
	})
	return left, ends.Error()
}

func (k *kafka) letters(ctx context.Context) ([]letter, error) {
	ends, err := k.admin.ListEndOffsets(ctx, kafkaTopic+".dead")
	if err != nil {
		return nil, err
	}
	left := int64(0)
	ends.Each(func(o kadm.ListedOffset) { left += o.Offset })
	reader, err := kgo.NewClient(k.opts(kgo.ConsumeTopics(kafkaTopic+".dead"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))...)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	var all []letter
	for int64(len(all)) < left {
		fetches := reader.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return nil, err
		}
		fetches.EachRecord(func(r *kgo.Record) {
			l := letter{data: string(r.Value)}
			for _, h := range r.Headers {
				if h.Key == kafkasource.HeaderReason {
					l.reason = string(h.Value)
				}
			}
			all = append(all, l)
		})
	}
	return all, nil
}

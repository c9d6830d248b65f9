package kafkadriver_test

import (
	"context"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/kafkadriver"
)

// TestUnsuitableClients needs no Kafka: nothing is sent.
func TestUnsuitableClients(t *testing.T) {
	const nowhere = "127.0.0.1:1"
	for name, c := range map[string]struct {
		opts   []kgo.Opt
		remedy string // "": the client suits
	}{
		"defaults":         {nil, ""},
		"not idempotent":   {[]kgo.Opt{kgo.DisableIdempotentWrite()}, "without DisableIdempotentWrite"},
		"few acks":         {[]kgo.Opt{kgo.DisableIdempotentWrite(), kgo.RequiredAcks(kgo.LeaderAck())}, "RequiredAcks(AllISRAcks())"},
		"cancellation":     {[]kgo.Opt{kgo.AllowIdempotentProduceCancellation()}, "without AllowIdempotentProduceCancellation"},
		"transactions":     {[]kgo.Opt{kgo.TransactionalID("t")}, "without TransactionalID"},
		"manual flushing":  {[]kgo.Opt{kgo.ManualFlushing()}, "without ManualFlushing"},
		"one topic always": {[]kgo.Opt{kgo.DefaultProduceTopic("t"), kgo.DefaultProduceTopicAlways()}, "without DefaultProduceTopicAlways"},
		"round robin":      {[]kgo.Opt{kgo.RecordPartitioner(kgo.RoundRobinPartitioner())}, "StickyKeyPartitioner"},
		"manual":           {[]kgo.Opt{kgo.RecordPartitioner(kgo.ManualPartitioner())}, "StickyKeyPartitioner"},
		"sticky":           {[]kgo.Opt{kgo.RecordPartitioner(kgo.StickyPartitioner())}, "StickyKeyPartitioner"},
		"least backup":     {[]kgo.Opt{kgo.RecordPartitioner(kgo.LeastBackupPartitioner())}, "StickyKeyPartitioner"},
		"bytes, no keys":   {[]kgo.Opt{kgo.RecordPartitioner(kgo.UniformBytesPartitioner(1000, false, false, nil))}, "StickyKeyPartitioner"},
		"bytes, keys":      {[]kgo.Opt{kgo.RecordPartitioner(kgo.UniformBytesPartitioner(1000, false, true, nil))}, ""},
		"sarama's":         {[]kgo.Opt{kgo.RecordPartitioner(kgo.StickyKeyPartitioner(kgo.SaramaHasher(func(b []byte) uint32 { return uint32(len(b)) })))}, ""},
		"one that panics":  {[]kgo.Opt{kgo.RecordPartitioner(kgo.BasicConsistentPartitioner(func(string) func(*kgo.Record, int) int { return nil }))}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := kafkadriver.New(client(t, nowhere, c.opts...))
			ctx, cancel := context.WithCancel(context.Background())
			cancel() // nothing may be sent
			_, err := d.Send(ctx, sized(1))
			if c.remedy == "" {
				mustBe(t, err, context.Canceled, true)
			} else {
				mustBe(t, err, emitter.ErrUnsupported, true, c.remedy)
				_, err = d.Listen(t.Context(), sized(1), nil)
				mustBe(t, err, emitter.ErrUnsupported, true, c.remedy)
			}
			if err := d.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
	}
}

func TestNoClient(t *testing.T) {
	var none *kafkadriver.Driver
	for _, d := range []*kafkadriver.Driver{none, kafkadriver.New(nil)} {
		_, err := d.Send(t.Context(), sized(1))
		mustBe(t, err, emitter.ErrNoDriver, true)
		if err := d.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if d.Roster("a", "/") == nil {
			t.Error("no roster")
		}
	}
}

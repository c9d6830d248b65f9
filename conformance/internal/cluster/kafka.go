package cluster

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/conformance/internal/cases"
	"github.com/sioxide/emitter/conformance/internal/wire"
	"github.com/sioxide/emitter/driver/drivertest/kafkatest"
)

// Kafka is a real Kafka of one node as the backend.
type Kafka struct {
	*kafkatest.Server
	client *kgo.Client // the run's own
	parser string
}

func startKafka(_ context.Context, c Config) (Backend, error) {
	server, err := kafkatest.Launch()
	if err != nil {
		return nil, err
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(server.Address()))
	if err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	return &Kafka{server, client, c.Parser.String()}, nil
}

// URLs is one for all.
func (k *Kafka) URLs() []string { return []string{"kafka://" + k.Address()} }

// Prefixes are topics.
func (*Kafka) Prefixes() []string { return []string{emitter.DefaultPrefix, cases.OtherPrefix} }

// Mark produces a record for each of the channels.
func (k *Kafka) Mark(ctx context.Context, sp space, uids []string, n int) error {
	message, err := wire.Event(k.parser, sp.namespace, marker, n)
	if err != nil {
		return err
	}
	var records []*kgo.Record
	for _, uid := range append([]string{""}, uids...) {
		records = append(records, &kgo.Record{
			Topic: wire.KafkaTopic(sp.prefix),
			Key:   []byte(wire.Channel(sp.prefix, sp.namespace, uid)),
			Value: message,
		})
	}
	return k.client.ProduceSync(ctx, records...).FirstErr()
}

// Restart kills Kafka as a crash does; what it has written stays.
func (k *Kafka) Restart(context.Context) error { return k.Server.Restart() }

// Monitor reads all topics.
func (k *Kafka) Monitor(ctx context.Context) (stop func() error, err error) {
	reader, err := kgo.NewClient(
		kgo.SeedBrokers(k.Address()), kgo.ConsumeRegex(), kgo.ConsumeTopics(".*"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	)
	if err != nil {
		return nil, err
	}
	stop = func() error { reader.Close(); return nil }
	if err := reader.PollFetches(ctx).Err(); err != nil { // the servers' presence is there
		return nil, errors.Join(fmt.Errorf("read all topics: %w", err), stop())
	}
	return stop, nil
}

// Stop ends Kafka and removes what it kept.
func (k *Kafka) Stop() error {
	k.client.Close()
	return k.Server.Stop()
}

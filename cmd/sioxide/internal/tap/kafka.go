package tap

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sioxide/emitter/driver/kafkadriver"
)

// Kafka watches the topic of the prefix from its end on, in no consumer group, until ctx
// ends. opts reach the brokers. While they are away nothing is missed: Kafka keeps it, and
// the client goes on where it was.
func Kafka(ctx context.Context, opts []kgo.Opt, prefix string, namespaces []string, sink Sink) error {
	k := kafka{opts: opts, topic: kafkadriver.Topic(prefix), prefix: prefix, wanted: channels(prefix, namespaces), sink: sink}
	return sink.again(ctx, isRefusal, func() (bool, error) {
		err := k.once(ctx)
		return k.ready, err
	})
}

// isRefusal tells whether a broker itself has said err, and will again.
func isRefusal(err error) bool {
	var reply *kerr.Error
	return errors.As(err, &reply) && !reply.Retriable
}

type kafka struct {
	opts          []kgo.Opt
	topic, prefix string
	wanted        func(channel string) bool
	sink          Sink
	ready         bool // once
}

// once watches with one client.
func (k *kafka) once(ctx context.Context) error {
	client, err := kgo.NewClient(append(k.opts, kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))...)
	if err != nil {
		return err
	}
	defer client.Close()
	ends, err := k.ends(ctx, client)
	if err != nil {
		return err
	}
	client.AddConsumePartitions(map[string]map[int32]kgo.Offset{k.topic: ends})
	k.ready = true
	k.sink.Ready()
	for {
		fetches := client.PollFetches(ctx)
		for _, r := range fetches.Records() {
			if err := k.take(r); err != nil {
				return enough(err)
			}
		}
		if err := k.failed(ctx, fetches); err != nil {
			return fmt.Errorf("read topic %q: %w", k.topic, err)
		}
	}
}

// failed passes over what the client goes on after by itself.
func (k *kafka) failed(ctx context.Context, fetches kgo.Fetches) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for _, e := range fetches.Errors() {
		var reply *kerr.Error
		if errors.As(e.Err, &reply) || errors.Is(e.Err, kgo.ErrClientClosed) {
			return e.Err
		}
	}
	return nil
}

func (k *kafka) take(r *kgo.Record) error {
	if channel := string(r.Key); k.wanted(channel) && isVersion1(r.Headers) {
		return k.sink.Message(decode(k.prefix, channel, r.Value, r.Timestamp))
	}
	return nil
}

// isVersion1 passes over records of a later version (docs/protocol.md, Kafka and NATS).
func isVersion1(headers []kgo.RecordHeader) bool {
	for _, h := range headers {
		if h.Key == "v" && string(h.Value) != "1" {
			return false
		}
	}
	return true
}

// ends are where each partition will go on.
func (k *kafka) ends(ctx context.Context, client *kgo.Client) (map[int32]kgo.Offset, error) {
	listed, err := kadm.NewClient(client).ListEndOffsets(ctx, k.topic)
	if err == nil {
		err = listed.Error()
	}
	if errors.Is(err, kerr.UnknownTopicOrPartition) {
		err = fmt.Errorf("%w (servers make it when they start: is the prefix that of the servers?)", err)
	}
	if err != nil {
		return nil, fmt.Errorf("ask for the ends of topic %q: %w", k.topic, err)
	}
	ends := make(map[int32]kgo.Offset)
	listed.Each(func(o kadm.ListedOffset) { ends[o.Partition] = kgo.NewOffset().At(o.Offset) })
	return ends, nil
}

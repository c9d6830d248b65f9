package kafkaoutbox

import (
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sioxide/emitter"
)

// prefixed names the driver; it stands at the exported boundary.
func prefixed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("kafkaoutbox: %w", err)
}

// refusals are the errors by which the client or a broker says that nothing was
// written, and what to do about each.
var refusals = []struct {
	err    error
	remedy string
}{
	{kerr.MessageTooLarge, "send less, or raise max.message.bytes of the topic and ProducerBatchMaxBytes of the client"},
	{kerr.UnknownTopicOrPartition, "create the topic: kafka-topics.sh --create --topic NAME --partitions N"},
	{kerr.InvalidTopicException, "Kafka takes A-Z a-z 0-9 . _ - in a topic's name"},
	{kerr.TopicAuthorizationFailed, "allow the user Write and Describe on the topic"},
	{kerr.ClusterAuthorizationFailed, "allow the user IdempotentWrite on the cluster"},
	{kerr.SaslAuthenticationFailed, "check the user and the password of the client"},
	{kerr.PolicyViolation, "the cluster's policy forbids it"},
	{kgo.ErrMaxBuffered, "raise MaxBufferedRecords or MaxBufferedBytes of the client, or send less at once"},
}

// failed says what a record's error means.
func failed(r *kgo.Record, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, kerr.MessageTooLarge) {
		err = fmt.Errorf("%w: the operation has %d bytes: %w", emitter.ErrTooLarge, len(r.Value), err)
	}
	for _, known := range refusals {
		if errors.Is(err, known.err) {
			return emitter.NotSent(fmt.Errorf("produce to topic %q: %w (%s)", r.Topic, err, known.remedy))
		}
	}
	return fmt.Errorf("produce to topic %q: %w (it may have been written, or may be yet)", r.Topic, err)
}

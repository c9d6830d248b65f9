package kafkadriver

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
	return fmt.Errorf("kafkadriver: %w", err)
}

// prefixAll does so for each and returns the first.
func prefixAll(errs []error) error {
	var first error
	for i, err := range errs {
		errs[i] = prefixed(err)
		if first == nil {
			first = errs[i]
		}
	}
	return first
}

// failed says what a record's error means: unsent tells that the client never sent it.
func failed(r *kgo.Record, err error, unsent bool) error {
	why := err
	if errors.Is(err, kerr.MessageTooLarge) {
		why = fmt.Errorf("%w: the message has %d bytes: %w", emitter.ErrTooLarge, len(r.Value), err)
	}
	text := fmt.Errorf("produce to topic %q: %w", r.Topic, withRemedy(r.Topic, why))
	if unsent || isRefusal(err) {
		return emitter.NotSent(text)
	}
	return fmt.Errorf("%w (it may have been sent)", text)
}

// refusals are the errors by which a broker says that it wrote nothing, and what to do
// about each; of those that come before a record is sent, too.
var refusals = []struct {
	err    error
	remedy string
}{
	{kerr.MessageTooLarge, "send less, or raise max.message.bytes of the topic and ProducerBatchMaxBytes of the client"},
	{kerr.RecordListTooLarge, "raise segment.bytes of the topic"},
	{kerr.UnknownTopicOrPartition, ""}, // see withRemedy
	{kerr.InvalidTopicException, "use another prefix"},
	{kerr.TopicAuthorizationFailed, "allow the user Write and Describe on the topic"},
	{kerr.ClusterAuthorizationFailed, "allow the user IdempotentWrite on the cluster"},
	{kerr.SaslAuthenticationFailed, "check the user and the password of the client"},
	{kerr.InvalidRecord, "the topic must take records without a limit on their keys"},
	{kerr.PolicyViolation, "the cluster's policy forbids it"},
	{kerr.UnsupportedForMessageFormat, "raise message.format.version of the topic"},
}

func isRefusal(err error) bool {
	for _, r := range refusals {
		if errors.Is(err, r.err) {
			return true
		}
	}
	return false
}

// withRemedy adds what to do about err, where that is known.
func withRemedy(topic string, err error) error {
	remedy := ""
	switch {
	case errors.Is(err, kerr.UnknownTopicOrPartition):
		remedy = fmt.Sprintf("create it: kafka-topics --bootstrap-server HOST:PORT --create --topic %s --partitions 6 --replication-factor 3; or make the client with AllowAutoTopicCreation", topic)
	case errors.Is(err, kerr.UnknownTopicID):
		remedy = "the topic was deleted and made again: PurgeTopicsFromProducing of the client has it looked up anew"
	case errors.Is(err, kgo.ErrClientClosed):
		remedy = "the client must outlive the driver"
	case errors.Is(err, kgo.ErrMaxBuffered):
		remedy = "raise MaxBufferedRecords or MaxBufferedBytes of the client"
	case errors.Is(err, kgo.ErrRecordTimeout):
		remedy = "see RecordDeliveryTimeout of the client, and whether its brokers can be reached"
	case errors.Is(err, kgo.ErrRecordRetries):
		remedy = "see RecordRetries of the client, and whether its brokers can be reached"
	case errors.Is(err, kerr.NotEnoughReplicas), errors.Is(err, kerr.NotEnoughReplicasAfterAppend):
		remedy = "see min.insync.replicas of the topic, and which brokers are down"
	default:
		for _, r := range refusals {
			if r.remedy != "" && errors.Is(err, r.err) {
				remedy = r.remedy
			}
		}
	}
	if remedy == "" {
		return err
	}
	return fmt.Errorf("%w (%s)", err, remedy)
}

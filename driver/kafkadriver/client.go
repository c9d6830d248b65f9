package kafkadriver

import (
	"context"
	"fmt"
	"net"
	"reflect"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kversion"
	"github.com/twmb/franz-go/pkg/sasl"

	"github.com/sioxide/emitter"
)

// checkClient refuses a client with which a message could be lost, come twice, or
// overtake another.
func checkClient(c *kgo.Client) error {
	if c == nil {
		return fmt.Errorf("%w: New was given a nil client", emitter.ErrNoDriver)
	}
	id := c.OptValues(kgo.TransactionalID)
	var why string
	switch {
	case c.OptValue(kgo.RequiredAcks) != kgo.AllISRAcks():
		why = "it does not wait for all replicas, so that a failover could lose messages: make it with RequiredAcks(AllISRAcks()) and without DisableIdempotentWrite, which are the defaults"
	case c.OptValue(kgo.DisableIdempotentWrite) == true:
		why = "its writes are not idempotent, so that one that is repeated could come twice: make it without DisableIdempotentWrite"
	case c.OptValue(kgo.AllowIdempotentProduceCancellation) == true:
		why = "a cancellation could leave a gap behind which messages are lost: make it without AllowIdempotentProduceCancellation"
	case len(id) == 2 && id[1] == true:
		why = "servers would hear of messages when its transaction commits, or when it does not: make one without TransactionalID"
	case c.OptValue(kgo.ManualFlushing) == true:
		why = "it sends nothing before it is told to: make it without ManualFlushing"
	case c.OptValue(kgo.DefaultProduceTopicAlways) == true:
		why = "it puts its own topic in place of the prefix's: make it without DefaultProduceTopicAlways"
	case !keepsKeysTogether(c.OptValue(kgo.RecordPartitioner)):
		why = "its partitioner does not put records of one key into one partition, so that messages could overtake each other: use StickyKeyPartitioner, which is the default"
	default:
		return nil
	}
	return fmt.Errorf("%w: the client does not suit: %s", emitter.ErrUnsupported, why)
}

// probePartitions is for trying a partitioner.
const probePartitions = 12

// keepsKeysTogether tries a partitioner: it must hold records of one key together, and
// not take the partition that stands in the record.
func keepsKeysTogether(partitioner any) (does bool) {
	p, ok := partitioner.(kgo.Partitioner)
	if !ok {
		return true
	}
	defer func() {
		if recover() != nil { // one that does not like the names of this trial
			does = true
		}
	}()
	const topic = "socket.io"
	t := p.ForTopic(topic)
	record := func(partition int32) *kgo.Record {
		return &kgo.Record{Topic: topic, Key: []byte(emitter.RequestChannel(topic, "/", "")), Partition: partition}
	}
	if !t.RequiresConsistency(record(0)) {
		return false
	}
	if _, ok := t.(kgo.TopicBackupPartitioner); ok {
		return true
	}
	first := t.Partition(record(0), probePartitions)
	for i := range int32(probePartitions) {
		if t.Partition(record(i), probePartitions) != first {
			return false
		}
	}
	return true
}

// own makes a client for reading, with the connections' options of c and none of its
// own work: groups, topics and transactions of c are its own.
func own(c *kgo.Client, opts ...kgo.Opt) (*kgo.Client, error) {
	opts = append(connectionOpts(c), opts...)
	return kgo.NewClient(opts...)
}

// connectionOpts are the options by which c reaches its brokers.
func connectionOpts(c *kgo.Client) []kgo.Opt {
	var opts []kgo.Opt
	add := func(opt kgo.Opt) { opts = append(opts, opt) }
	take(c, kgo.SeedBrokers, func(v []string) { add(kgo.SeedBrokers(v...)) })
	take(c, kgo.Dialer, func(v dialer) { add(kgo.Dialer(v)) }) // with TLS and the timeout
	take(c, kgo.SASL, func(v []sasl.Mechanism) { add(kgo.SASL(v...)) })
	take(c, kgo.MaxVersions, func(v *kversion.Versions) { add(kgo.MaxVersions(v)) })
	take(c, kgo.MinVersions, func(v *kversion.Versions) { add(kgo.MinVersions(v)) })
	take(c, kgo.RequestTimeoutOverhead, func(v time.Duration) { add(kgo.RequestTimeoutOverhead(v)) })
	take(c, kgo.ConnIdleTimeout, func(v time.Duration) { add(kgo.ConnIdleTimeout(v)) })
	take(c, kgo.WithLogger, func(v kgo.Logger) { add(kgo.WithLogger(v)) })
	take(c, kgo.WithHooks, func(v []kgo.Hook) { add(kgo.WithHooks(v...)) })
	if id := c.OptValues(kgo.ClientID); len(id) == 2 && id[1] == true {
		take(c, kgo.ClientID, func(v string) { add(kgo.ClientID(v)) })
	}
	if name := c.OptValues(kgo.SoftwareNameAndVersion); len(name) == 2 {
		add(kgo.SoftwareNameAndVersion(name[0].(string), name[1].(string)))
	}
	if c.OptValue(kgo.DisableClientMetrics) == true {
		add(kgo.DisableClientMetrics())
	}
	return opts
}

type dialer = func(context.Context, string, string) (net.Conn, error)

// take hands the value of an option to use, where it is set.
func take[T any](c *kgo.Client, option any, use func(T)) {
	if v, ok := c.OptValue(option).(T); ok && !reflect.ValueOf(&v).Elem().IsZero() {
		use(v)
	}
}

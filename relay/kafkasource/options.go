package kafkasource

import (
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Option changes what New makes.
type Option interface{ apply(*config) }

type config struct {
	dead string // "": the topic's name and ".dead"
}

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

// DeadTopic names the topic of the dead letters, overriding the default of the topic's
// name with ".dead".
func DeadTopic(name string) Option { return optionFunc(func(c *config) { c.dead = name }) }

// Defaults of the client, which New's opts may change. A group's session is at least
// 6 s (Kafka, group.min.session.timeout.ms).
const (
	session   = 6 * time.Second
	heartbeat = 2 * time.Second
	// How long a fetch waits at the broker where there is nothing: the client's 5 s would
	// be how long a partition waits that comes while one is under way.
	fetchWait = 500 * time.Millisecond
	// What is held of messages that were not asked for yet, in bytes.
	fetchMax          = 16 << 20
	fetchMaxPartition = 4 << 20
)

// most a partition that is to move waits for what was fetched of it. A member that has
// not come back within the group's rebalance timeout, by default 60 s, is thrown out.
const drainMost = 15 * time.Second

// clientOpts puts the caller's opts between what they may change and what they may not.
func (s *Source) clientOpts(opts []kgo.Opt) []kgo.Opt {
	all := []kgo.Opt{
		kgo.SessionTimeout(session), kgo.HeartbeatInterval(heartbeat),
		kgo.FetchMaxBytes(fetchMax), kgo.FetchMaxPartitionBytes(fetchMaxPartition), kgo.FetchMaxWait(fetchWait),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	}
	all = append(all, opts...)
	return append(all,
		kgo.ConsumerGroup(s.group), kgo.ConsumeTopics(s.topic), kgo.DisableAutoCommit(),
		kgo.Balancers(kgo.CooperativeStickyBalancer()), kgo.BlockRebalanceOnPoll(),
		kgo.OnPartitionsAssigned(s.assigned), kgo.OnPartitionsRevoked(s.revoked), kgo.OnPartitionsLost(s.lost),
		kgo.RequiredAcks(kgo.AllISRAcks()),
	)
}

func checkNames(topic, group string) error {
	switch {
	case topic == "":
		return errors.New("no name of a topic")
	case group == "":
		return errors.New("no name of a consumer group")
	}
	return nil
}

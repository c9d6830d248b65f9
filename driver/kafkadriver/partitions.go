package kafkadriver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// watch looks for new partitions and for nodes that are gone.
func (r *reader) watch(ctx context.Context) {
	ticks := time.NewTicker(tick)
	defer ticks.Stop()
	for next := time.Now().Add(refresh); ; {
		select {
		case <-ctx.Done():
			return
		case now := <-ticks.C:
			r.readers.book.Expire(r.prefix)
			if now.Before(next) {
				continue
			}
			_ = r.extend(ctx) // the next Subscribe tells what is wrong
			next = time.Now().Add(refresh)
		}
	}
}

// extend has new partitions read, from their start: what is in them came after the topic
// was opened.
func (r *reader) extend(ctx context.Context) error {
	partitions, err := r.partitions(ctx)
	if err != nil {
		return err
	}
	from := make(map[int32]kgo.Offset)
	r.mu.Lock()
	for _, partition := range partitions {
		if _, known := r.reads[partition]; !known {
			r.reads[partition] = struct{}{}
			from[partition] = kgo.NewOffset().AtStart()
		}
	}
	r.mu.Unlock()
	if len(from) > 0 {
		r.client.AddConsumePartitions(map[string]map[int32]kgo.Offset{r.topic: from})
	}
	return nil
}

// partitions asks a broker. As the user's client does, it has a missing topic made where
// AllowAutoTopicCreation is set.
func (r *reader) partitions(ctx context.Context) ([]int32, error) {
	req := kmsg.NewPtrMetadataRequest()
	req.AllowAutoTopicCreation = r.readers.client.OptValue(kgo.AllowAutoTopicCreation) == true
	topic := kmsg.NewMetadataRequestTopic()
	topic.Topic = kmsg.StringPtr(r.topic)
	req.Topics = append(req.Topics, topic)
	res, err := req.RequestWith(ctx, r.client)
	if err != nil {
		return nil, r.failed("ask for its partitions", err)
	}
	var partitions []int32
	for _, t := range res.Topics {
		if err := kerr.ErrorForCode(t.ErrorCode); err != nil {
			return nil, r.failed("ask for its partitions", err)
		}
		for _, p := range t.Partitions {
			partitions = append(partitions, p.Partition)
		}
	}
	if len(partitions) == 0 {
		return nil, r.failed("ask for its partitions", errNoPartitions)
	}
	return partitions, nil
}

// retryPause is between attempts at a topic that is being made, or whose partitions are
// about to have leaders.
const retryPause = 50 * time.Millisecond

// ends returns the end of each partition.
func (r *reader) ends(ctx context.Context) (map[int32]int64, error) {
	ctx, cancel := context.WithTimeout(ctx, subscribeTime)
	defer cancel()
	for {
		ends, err := r.tryEnds(ctx)
		if err == nil || !r.mayPass(err) {
			return ends, err
		}
		t := time.NewTimer(retryPause)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return nil, err
		}
	}
}

// mayPass tells whether another attempt may succeed: a topic that is not there is made
// where AllowAutoTopicCreation is set.
func (r *reader) mayPass(err error) bool {
	if errors.Is(err, kerr.UnknownTopicOrPartition) {
		return r.readers.client.OptValue(kgo.AllowAutoTopicCreation) == true
	}
	return isRetriable(err)
}

// isRetriable looks for an error of a broker that passes by itself.
func isRetriable(err error) bool {
	var reply *kerr.Error
	return errors.As(err, &reply) && reply.Retriable
}

func (r *reader) tryEnds(ctx context.Context) (map[int32]int64, error) {
	partitions, err := r.partitions(ctx)
	if err != nil {
		return nil, err
	}
	listed, err := r.admin.ListEndOffsets(ctx, r.topic)
	if err == nil {
		err = listed.Error()
	}
	if err != nil {
		return nil, r.failed("ask for the ends of its partitions", err)
	}
	ends := make(map[int32]int64, len(partitions))
	for _, partition := range partitions {
		end, ok := listed.Lookup(r.topic, partition)
		if !ok {
			return nil, r.failed("ask for the ends of its partitions", kerr.LeaderNotAvailable)
		}
		ends[partition] = end.Offset
	}
	return ends, nil
}

var errNoPartitions = errors.New("the topic has no partitions")

func (r *reader) failed(what string, err error) error {
	if errors.Is(err, kerr.TopicAuthorizationFailed) {
		err = fmt.Errorf("%w (allow the user Read and Describe on the topic)", err)
	} else {
		err = withRemedy(r.topic, err)
	}
	return fmt.Errorf("topic %q: %s: %w", r.topic, what, err)
}

// isTransient tells whether the client goes on reading by itself, from where it was.
func isTransient(err error) bool {
	var loss *kgo.ErrDataLoss
	switch {
	case errors.Is(err, kerr.UnknownTopicOrPartition), errors.Is(err, kerr.UnknownTopicID), errors.Is(err, kerr.InconsistentTopicID):
		return false // retriable, but a topic that was deleted and made again has other positions
	case errors.As(err, &loss):
		return true
	case isRetriable(err), kgo.IsRetryableBrokerErr(err):
		return true
	}
	var reply *kerr.Error
	return !errors.As(err, &reply) // of the network, not of a broker
}

package kafkasource

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/sioxide/emitter/relay"
)

// Headers of a dead letter.
const (
	HeaderReason    = "reason"
	HeaderTopic     = "source-topic"
	HeaderPartition = "source-partition"
	HeaderOffset    = "source-offset"
	HeaderTime      = "dead-at" // RFC 3339
)

// Settle is relay.Source's. After an error it may be called again with the same: no
// dead letter that the brokers have confirmed is written twice then.
func (s *Source) Settle(ctx context.Context, outcomes []relay.Outcome) error {
	if err := s.alive(); err != nil {
		return prefixed(err)
	}
	entries, err := s.bury(ctx, outcomes)
	if err != nil {
		return prefixed(fmt.Errorf("write dead letters to %q: %w", s.dead, err))
	}
	s.mu.Lock()
	for _, e := range entries {
		if !e.claim.lost && !e.released && !e.settled {
			e.claim.settle(e)
		}
	}
	s.mu.Unlock()
	if err := s.commit(ctx); err != nil {
		return prefixed(fmt.Errorf("commit %q of group %q: %w", s.topic, s.group, err))
	}
	return nil
}

// bury writes the dead letters and returns the entries that are still ours.
func (s *Source) bury(ctx context.Context, outcomes []relay.Outcome) ([]*entry, error) {
	var entries, dead []*entry
	var letters []*kgo.Record
	s.mu.Lock()
	for _, o := range outcomes {
		e, ok := o.Message.Ref.(*entry)
		if !ok || e.claim.lost || e.released || e.settled {
			continue
		}
		entries = append(entries, e)
		if o.Reason != "" && !e.buried {
			dead, letters = append(dead, e), append(letters, s.letter(e.record, o.Reason))
		}
	}
	s.mu.Unlock()
	if len(letters) == 0 {
		return entries, nil
	}
	if err := s.findDead(ctx); err != nil {
		return nil, err
	}
	var errs []error
	for _, r := range s.client.ProduceSync(ctx, letters...) {
		errs = append(errs, r.Err)
		for i := range letters {
			if letters[i] == r.Record && r.Err == nil {
				dead[i].buried = true
			}
		}
	}
	return entries, errors.Join(errs...)
}

func (s *Source) letter(r *kgo.Record, reason string) *kgo.Record {
	header := func(name, value string) kgo.RecordHeader { return kgo.RecordHeader{Key: name, Value: []byte(value)} }
	return &kgo.Record{Topic: s.dead, Key: r.Key, Value: r.Value, Headers: []kgo.RecordHeader{
		header(HeaderReason, reason), header(HeaderTopic, r.Topic),
		header(HeaderPartition, strconv.Itoa(int(r.Partition))), header(HeaderOffset, strconv.FormatInt(r.Offset, 10)),
		header(HeaderTime, time.Now().UTC().Format(time.RFC3339Nano)),
	}}
}

// findDead makes sure once that the topic of the dead letters is there.
func (s *Source) findDead(ctx context.Context) error {
	if s.deadFound {
		return nil
	}
	there, err := s.hasTopic(ctx, s.dead)
	if err == nil && !there {
		_, err = s.admin.CreateTopic(ctx, -1, -1, nil, s.dead)
		if errors.Is(err, kerr.TopicAlreadyExists) {
			err = nil
		}
	}
	if err != nil {
		return fmt.Errorf("create the topic: %w", err)
	}
	s.deadFound = true
	return nil
}

// commit commits what is settled, until it is, or is another's.
func (s *Source) commit(ctx context.Context) error {
	for {
		targets := s.uncommitted()
		if len(targets) == 0 {
			return nil
		}
		err := s.commitOnce(ctx, targets)
		if err != nil && !isBetween(err) {
			return err
		}
		if err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		case <-time.After(retryPause): // or until the client knows that they are lost
		}
	}
}

func (s *Source) uncommitted() map[*claim]kgo.EpochOffset {
	s.mu.Lock()
	defer s.mu.Unlock()
	targets := make(map[*claim]kgo.EpochOffset)
	for _, c := range s.claims {
		if c.settled.Offset > c.committed.Offset {
			targets[c] = c.settled
		}
	}
	return targets
}

func (s *Source) commitOnce(ctx context.Context, targets map[*claim]kgo.EpochOffset) error {
	offsets := make(map[int32]kgo.EpochOffset, len(targets))
	for c, at := range targets {
		offsets[c.partition] = at
	}
	refused := make(map[int32]error)
	var failed error
	s.client.CommitOffsetsSync(ctx, map[string]map[int32]kgo.EpochOffset{s.topic: offsets},
		func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, resp *kmsg.OffsetCommitResponse, err error) {
			if failed = err; err == nil {
				failed = refusals(resp, refused)
			}
		})
	if failed != nil && len(refused) == 0 {
		return failed
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for c, at := range targets {
		if refused[c.partition] == nil {
			c.committed = at
		}
	}
	s.wake()
	return failed
}

// refusals collects the partitions whose commit was refused, and returns why.
func refusals(resp *kmsg.OffsetCommitResponse, refused map[int32]error) error {
	var errs []error
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
				refused[p.Partition] = err
				errs = append(errs, fmt.Errorf("partition %d: %w", p.Partition, err))
			}
		}
	}
	return errors.Join(errs...)
}

// isBetween tells whether a commit failed because the group has another generation, or
// has thrown this member out: the client will know soon which claims are left.
func isBetween(err error) bool {
	for _, e := range []error{kerr.RebalanceInProgress, kerr.IllegalGeneration, kerr.UnknownMemberID, kerr.StaleMemberEpoch} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

func isUnknown(err error) bool { return errors.Is(err, kerr.UnknownTopicOrPartition) }

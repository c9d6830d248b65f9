package kafkasource

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/relay"
)

var _ relay.Source = (*Source)(nil)

// Source reads a topic as a member of a consumer group.
type Source struct {
	topic, group, dead string
	opts               []kgo.Opt // the caller's
	client             *kgo.Client
	admin              *kadm.Client

	found, deadFound bool     // the topics are there
	buffer           []*entry // polled, and not asked for yet
	failed           error    // came together with records: the next Fetch returns it

	mu      sync.Mutex
	claims  map[int32]*claim
	changed chan struct{} // closed and made anew when what drain waits for may have come
	hasty   bool          // the caller fetches more while it holds messages: nothing waits for them
	closed  bool
}

// New makes a source on a client of its own with opts, which name the brokers and how
// to reach them; what belongs to the group is the source's. Nothing is sent yet. Use a
// group for relays alone.
func New(opts []kgo.Opt, topic, group string, options ...Option) (*Source, error) {
	if err := checkNames(topic, group); err != nil {
		return nil, prefixed(err)
	}
	c := config{dead: topic + ".dead"}
	for _, o := range options {
		if o != nil {
			o.apply(&c)
		}
	}
	s := &Source{topic: topic, group: group, dead: c.dead, opts: opts, claims: make(map[int32]*claim), changed: make(chan struct{})}
	client, err := kgo.NewClient(s.clientOpts(opts)...)
	if err != nil {
		return nil, prefixed(err)
	}
	s.client, s.admin = client, kadm.NewClient(client)
	return s, nil
}

func prefixed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("kafkasource: %w", err)
}

// Fetch is relay.Source's.
func (s *Source) Fetch(ctx context.Context, most, bytes int) ([]relay.Message, error) {
	messages, err := s.fetch(ctx, most, bytes)
	if err != nil {
		return nil, prefixed(fmt.Errorf("fetch from %q: %w", s.topic, err))
	}
	return messages, nil
}

func (s *Source) fetch(ctx context.Context, most, bytes int) ([]relay.Message, error) {
	if most < 1 {
		return nil, fmt.Errorf("at most %d messages were asked for", most)
	}
	s.setHasty(true)
	defer s.setHasty(false)
	if err := s.findTopic(ctx); err != nil {
		return nil, err
	}
	for {
		if messages := s.hand(most, bytes); len(messages) > 0 {
			return messages, nil
		}
		if err := s.failed; err != nil {
			s.failed = nil
			return nil, err
		}
		if err := s.poll(ctx, most); err != nil {
			return nil, err
		}
	}
}

// findTopic makes sure once that the topic is there: a group on one that is missing
// waits without a word.
func (s *Source) findTopic(ctx context.Context) error {
	if err := s.alive(); err != nil || s.found {
		return err
	}
	there, err := s.hasTopic(ctx, s.topic)
	if err != nil {
		return err
	}
	if !there {
		return errors.New("the topic is not there: create it (kafka-topics.sh --create --topic NAME --partitions N)")
	}
	s.found = true
	return nil
}

func (s *Source) hasTopic(ctx context.Context, name string) (bool, error) {
	topics, err := s.admin.ListTopics(ctx, name)
	if err == nil && topics.Has(name) {
		return true, nil
	}
	if err == nil && !isUnknown(topics[name].Err) {
		err = topics[name].Err
	}
	return false, err
}

func (s *Source) alive() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return emitter.ErrClosed
	}
	return nil
}

// poll waits for records. While they are taken into claims no partition moves, so that
// each gets into the claim for which it was fetched.
func (s *Source) poll(ctx context.Context, most int) error {
	fetches := s.client.PollRecords(ctx, most)
	defer s.client.AllowRebalance()
	var errs []error
	for _, e := range fetches.Errors() {
		errs = append(errs, e.Err)
	}
	s.mu.Lock()
	fetches.EachRecord(func(r *kgo.Record) {
		if c := s.claims[r.Partition]; c != nil && !c.over {
			if e := c.add(r); e != nil {
				s.buffer = append(s.buffer, e)
			}
		}
	})
	s.mu.Unlock()
	err := errors.Join(errs...)
	switch {
	case ctx.Err() != nil:
		return ctx.Err() // what came with it stays in the buffer
	case errors.Is(err, kgo.ErrClientClosed):
		return emitter.ErrClosed
	case len(s.buffer) > 0:
		s.failed = err
		return nil
	}
	return err
}

// hand gives out what is in the buffer.
func (s *Source) hand(most, bytes int) []relay.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var messages []relay.Message
	size := 0
	for len(s.buffer) > 0 && len(messages) < most {
		e := s.buffer[0]
		r := e.record
		if size += len(r.Key) + len(r.Value); size > bytes && len(messages) > 0 {
			break
		}
		s.buffer[0] = nil
		s.buffer = s.buffer[1:]
		if e.claim.over || e.released {
			size -= len(r.Key) + len(r.Value)
			continue
		}
		e.handed = true
		e.claim.handed++
		messages = append(messages, relay.Message{
			Key: string(r.Key), ID: fmt.Sprintf("%s/%d/%d", r.Topic, r.Partition, r.Offset), Data: r.Value, At: r.Timestamp, Ref: e,
		})
	}
	return messages
}

// Release is relay.Source's.
func (s *Source) Release(ctx context.Context) error {
	if err := s.alive(); err != nil {
		return prefixed(err)
	}
	s.setHasty(true) // a partition that waits to move has nothing to wait for
	defer s.setHasty(false)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_ = s.client.PollRecords(ended, 1) // an ended context brings nothing and keeps partitions from moving
	defer s.client.AllowRebalance()
	s.mu.Lock()
	back := make(map[int32]kgo.EpochOffset)
	for p, c := range s.claims {
		if at, ok := c.release(); ok && !c.over {
			back[p] = at
		}
	}
	s.buffer = nil
	s.wake()
	s.mu.Unlock()
	s.client.SetOffsets(map[string]map[int32]kgo.EpochOffset{s.topic: back})
	return nil
}

// Close leaves the group, so that others have the partitions at once, and ends the
// client; where ctx ends first they have them when the session is over. What is not
// settled comes again to them.
func (s *Source) Close(ctx context.Context) error {
	s.mu.Lock()
	was := s.closed
	s.closed = true
	s.wake()
	s.mu.Unlock()
	if was {
		return nil
	}
	left := make(chan error, 1)
	go func() {
		err := s.client.LeaveGroupContext(ctx)
		s.client.CloseAllowingRebalance() // with a broker that does not answer it takes its time
		left <- err
	}()
	var err error
	select {
	case err = <-left:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		return prefixed(fmt.Errorf("leave group %q: %w", s.group, err))
	}
	return nil
}

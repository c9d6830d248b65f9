package redissource

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/outbox"
	"github.com/sioxide/emitter/protocol"
	"github.com/sioxide/emitter/relay"
	"github.com/sioxide/emitter/relay/internal/claims"
)

var _ relay.Source = (*Source)(nil)

// Source reads streams.
type Source struct {
	config
	client  redis.UniversalClient
	err     error  // what New found wrong; returned by each call
	token   string // in the leases
	streams []*stream

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	tasks  sync.WaitGroup
	wake   chan struct{} // has room for one: there may be entries

	turn     chan struct{} // whoever uses what follows, or a stream, has put one in
	held     claims.Set[string]
	balanced time.Time
}

// stream is one partition.
type stream struct {
	name, lease, dead string

	from    string      // the consumer's entries behind this id come next, then new ones
	last    string      // the last id that the stream has given out, as far as is known
	awaited atomic.Bool // a task waits for an entry behind last
}

// New makes a source on a client, which must outlive it and is never closed by it. A
// *redis.Ring gives emitter.ErrUnsupported and a nil client emitter.ErrNoDriver, both
// from each call.
func New(client redis.UniversalClient, opts ...Option) *Source {
	s := &Source{client: client, token: protocol.NewID().String(), wake: make(chan struct{}, 1), turn: make(chan struct{}, 1)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if s.config, s.err = configOf(opts); s.err == nil {
		s.err = checkClient(client)
	}
	if s.err != nil {
		return s
	}
	for n := range s.partitions {
		name := outbox.Stream(s.stream, s.partitions, n)
		s.streams = append(s.streams, &stream{name: name, lease: outbox.StreamSibling(name, "lease"), dead: outbox.StreamSibling(name, "dead")})
	}
	s.tasks.Go(s.beat)
	return s
}

func checkClient(client redis.UniversalClient) error {
	isNil := client == nil
	switch c := client.(type) {
	case *redis.Client:
		isNil = c == nil
	case *redis.ClusterClient:
		isNil = c == nil
	case *redis.Ring:
		return fmt.Errorf("%w: a *redis.Ring spreads streams over Redis servers that know nothing of each other; use the client of one", emitter.ErrUnsupported)
	}
	if isNil {
		return fmt.Errorf("%w: New was given a nil client", emitter.ErrNoDriver)
	}
	return nil
}

// take waits until nobody else uses the streams.
func (s *Source) take(ctx context.Context) error {
	if s.err != nil {
		return s.err
	}
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	if s.ctx.Err() != nil {
		s.yield()
		return emitter.ErrClosed
	}
	return nil
}

func (s *Source) yield() { <-s.turn }

// Lag implements relay.Source: it counts what is not settled, and reads its age off
// the ids.
func (s *Source) Lag(ctx context.Context) (waiting int64, oldest time.Time, err error) {
	if s.err != nil {
		return 0, oldest, prefixed(s.err)
	}
	for _, st := range s.streams {
		reply, err := lagScript.Run(ctx, s.client, []string{st.name}).Slice()
		if err != nil {
			return 0, time.Time{}, prefixed(st.failed("count the entries of", err))
		}
		n, _ := reply[0].(int64)
		first, _ := reply[1].(string)
		waiting += n
		if at := timeOf(first); !at.IsZero() && (oldest.IsZero() || at.Before(oldest)) {
			oldest = at
		}
	}
	return waiting, oldest, nil
}

// Close implements relay.Source. What waits in Redis returns within a second.
func (s *Source) Close(ctx context.Context) error {
	s.cancel() // ends a Fetch that waits
	if s.err != nil {
		return nil
	}
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("redissource: close: another call has not returned: %w", ctx.Err())
	}
	defer s.yield()
	if err := s.ended(ctx); err != nil {
		return prefixed(err)
	}
	var errs []error
	for _, n := range s.held.Held() {
		errs = append(errs, s.giveUp(ctx, n))
	}
	if s.partitions > 1 && !s.balanced.IsZero() {
		s.balanced = time.Time{}
		if _, err := s.count(ctx, 0); err != nil {
			errs = append(errs, err)
		}
	}
	return prefixed(errors.Join(errs...))
}

// ended waits for the tasks.
func (s *Source) ended(ctx context.Context) error {
	all := make(chan struct{})
	go func() {
		s.tasks.Wait()
		close(all)
	}()
	select {
	case <-all:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("close: Redis has not answered: %w", ctx.Err())
	}
}

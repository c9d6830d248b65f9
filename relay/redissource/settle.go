package redissource

import (
	"context"
	"slices"

	"github.com/sioxide/emitter/relay"
)

// maxSettle is how many messages one script settles.
const maxSettle = 1000

// Settle implements relay.Source: for each stream it moves dead letters, acknowledges
// and deletes in one script, unless the stream was lost meanwhile.
func (s *Source) Settle(ctx context.Context, outcomes []relay.Outcome) error {
	if err := s.take(ctx); err != nil {
		return prefixed(err)
	}
	defer s.yield()
	for part := range slices.Chunk(outcomes, maxSettle) {
		byStream := make(map[int][]relay.Outcome)
		for _, o := range part {
			e, ok := o.Message.Ref.(entry)
			if !ok {
				return prefixed(errForeign)
			}
			byStream[e.stream] = append(byStream[e.stream], o)
		}
		for n, list := range byStream {
			if err := s.settle(ctx, n, list); err != nil {
				return prefixed(s.streams[n].failed("settle entries of", err))
			}
		}
	}
	return prefixed(s.giveUpLeaving(ctx))
}

func (s *Source) settle(ctx context.Context, n int, outcomes []relay.Outcome) error {
	if !s.held.Has(n) {
		return nil // with its new owner
	}
	st := s.streams[n]
	var dead, ids []any
	for _, o := range outcomes {
		id := o.Message.Ref.(entry).id
		ids = append(ids, id)
		if o.Reason != "" {
			dead = append(dead, id, o.Message.Key, o.Message.Data, o.Reason)
		}
	}
	args := slices.Concat([]any{s.token, s.lease.Milliseconds(), s.group, len(dead) / 4}, dead, ids)
	err := settleScript.Run(ctx, s.client, []string{st.lease, st.name, st.dead}, args...).Err()
	if err != nil {
		return s.judge(n, err)
	}
	for _, id := range ids {
		s.held.Settled(n, id.(string))
	}
	return nil
}

// Release implements relay.Source: the streams are read again from what the group
// knows.
func (s *Source) Release(ctx context.Context) error {
	if err := s.take(ctx); err != nil {
		return prefixed(err)
	}
	defer s.yield()
	s.held.Release()
	for _, n := range s.held.Held() {
		s.streams[n].from = "0-0"
	}
	return prefixed(s.giveUpLeaving(ctx))
}

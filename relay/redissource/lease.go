package redissource

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// balanceTime is how often leases are renewed, and streams shared anew.
func (c *config) balanceTime() time.Duration { return min(c.lease/4, time.Second) }

// beat renews the leases while no other call does: performing may take long.
func (s *Source) beat() {
	every := time.NewTicker(s.balanceTime())
	defer every.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-every.C:
		}
		select {
		case s.turn <- struct{}{}:
		default:
			continue // a call renews what it uses
		}
		if len(s.held.Held()) > 0 {
			_ = s.rebalanceIfDue(s.ctx) // Fetch tells by its own error
		}
		s.yield()
	}
}

func (s *Source) rebalanceIfDue(ctx context.Context) error {
	if time.Since(s.balanced) < s.balanceTime() {
		return nil
	}
	return s.rebalance(ctx)
}

// rebalance renews what is held, gives up what is beyond the share of this relay, and
// claims what is free up to it.
func (s *Source) rebalance(ctx context.Context) error {
	for _, n := range s.held.Held() {
		st := s.streams[n]
		err := renewScript.Run(ctx, s.client, []string{st.lease}, s.token, s.lease.Milliseconds()).Err()
		if err := s.judge(n, err); err != nil {
			return st.failed("renew the lease of", err)
		}
	}
	relays := 1
	if s.partitions > 1 {
		var err error
		if relays, err = s.count(ctx, s.lease); err != nil {
			return err
		}
	}
	s.balanced = time.Now()
	more := s.held.Balance(s.partitions, relays)
	if err := s.giveUpLeaving(ctx); err != nil {
		return err
	}
	for _, n := range rand.Perm(s.partitions) {
		if more > 0 && !s.held.Has(n) {
			claimed, err := s.claim(ctx, n)
			if err != nil {
				return err
			}
			if claimed {
				more--
			}
		}
	}
	return nil
}

// count notes that this relay is there, for 0 that it is not, and tells how many are.
func (s *Source) count(ctx context.Context, d time.Duration) (int, error) {
	all := &stream{name: s.stream}
	key := "{" + s.stream + "}:relays"
	n, err := countScript.Run(ctx, s.client, []string{key}, s.token, d.Milliseconds()).Int()
	return n, all.failed("count the relays of", err)
}

// claim tries to get the lease of a stream.
func (s *Source) claim(ctx context.Context, n int) (bool, error) {
	st := s.streams[n]
	err := claimScript.Run(ctx, s.client, []string{st.lease}, s.token, s.lease.Milliseconds()).Err()
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	if err == nil {
		err = s.createGroup(ctx, st)
	}
	if err != nil {
		return false, st.failed("claim", err)
	}
	st.from, st.last = "0-0", ""
	s.held.Add(n)
	s.logger.Debug("claimed a stream", "stream", st.name)
	return true, nil
}

// createGroup makes the group, of all that the stream has, if it is not there.
func (s *Source) createGroup(ctx context.Context, st *stream) error {
	err := s.client.XGroupCreateMkStream(ctx, st.name, s.group, "0").Err()
	if err != nil && strings.HasPrefix(err.Error(), "BUSYGROUP") {
		return nil
	}
	return err
}

// judge takes the error of a script: redis.Nil says that the stream is lost.
func (s *Source) judge(n int, err error) error {
	if !errors.Is(err, redis.Nil) {
		return err
	}
	s.logger.Warn("a lease is lost, and with it the claim", "stream", s.streams[n].name)
	s.held.Drop(n)
	return nil
}

// giveUpLeaving gives up what is to leave and has nothing out.
func (s *Source) giveUpLeaving(ctx context.Context) error {
	for _, n := range s.held.Leaving() {
		if err := s.giveUp(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

func (s *Source) giveUp(ctx context.Context, n int) error {
	st := s.streams[n]
	s.held.Drop(n)
	err := renewScript.Run(ctx, s.client, []string{st.lease}, s.token, 0).Err()
	if errors.Is(err, redis.Nil) {
		return nil
	}
	return st.failed("end the lease of", err)
}

package jetstreamsource

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sioxide/emitter/relay"
)

// Headers of a dead letter, beside those that the message had.
const (
	HeaderReason   = "Sioxide-Reason" // in one line
	HeaderStream   = "Sioxide-Stream"
	HeaderSubject  = "Sioxide-Subject"
	HeaderSequence = "Sioxide-Sequence"
	HeaderTime     = "Sioxide-Dead-At" // RFC 3339
)

// Settle is relay.Source's. After an error it may be called again with the same: no
// dead letter is written twice then.
func (s *Source) Settle(ctx context.Context, outcomes []relay.Outcome) error {
	if err := s.alive(); err != nil {
		return s.wrap("settle", err)
	}
	outcomes = s.still(outcomes)
	for _, o := range outcomes {
		e := o.Message.Ref.(*entry)
		if o.Reason == "" || e.buried {
			continue
		}
		if err := s.bury(ctx, e, o.Reason); err != nil {
			return prefixed(fmt.Errorf("write a dead letter on %q: %w", s.config.dead, err))
		}
		e.buried = true
	}
	s.mu.Lock()
	for _, o := range outcomes {
		if e := o.Message.Ref.(*entry); !e.settled && !e.released {
			e.claim.settle(e)
		}
	}
	s.mu.Unlock()
	for _, c := range s.held() {
		if err := s.remove(ctx, c); err != nil {
			return s.wrap("remove what is done from", err)
		}
	}
	return nil
}

// still returns what is ours of outcomes.
func (s *Source) still(outcomes []relay.Outcome) []relay.Outcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	ours := make([]relay.Outcome, 0, len(outcomes))
	for _, o := range outcomes {
		if e, ok := o.Message.Ref.(*entry); ok && e.claim.ours(time.Now()) && !e.settled && !e.released {
			ours = append(ours, o)
		}
	}
	return ours
}

func (s *Source) bury(ctx context.Context, e *entry, reason string) error {
	if err := s.findDead(ctx); err != nil {
		return err
	}
	m := nats.NewMsg(s.config.dead)
	m.Data = e.msg.Data()
	if key := e.msg.Headers().Get(HeaderKey); key != "" {
		m.Header.Set(HeaderKey, key)
	}
	m.Header.Set(HeaderReason, reason)
	m.Header.Set(HeaderStream, s.name)
	m.Header.Set(HeaderSubject, e.msg.Subject())
	m.Header.Set(HeaderSequence, strconv.FormatUint(e.seq, 10))
	m.Header.Set(HeaderTime, time.Now().UTC().Format(time.RFC3339Nano))
	_, err := s.js.PublishMsg(ctx, m, jetstream.WithMsgID(fmt.Sprintf("%s/%d", s.name, e.seq)))
	return err
}

// findDead makes sure once that a stream takes the dead letters.
func (s *Source) findDead(ctx context.Context) error {
	if s.deadFound {
		return nil
	}
	_, err := s.js.StreamNameBySubject(ctx, s.config.dead)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		_, err = s.js.CreateStream(ctx, jetstream.StreamConfig{
			Name: s.name + "-dead", Description: "dead letters of stream " + s.name, Subjects: []string{s.config.dead},
			Replicas: s.stream.CachedInfo().Config.Replicas,
		})
	}
	if err != nil {
		return fmt.Errorf("a stream for it: %w", err)
	}
	s.deadFound = true
	return nil
}

// remove removes what is settled of a claim from the stream.
func (s *Source) remove(ctx context.Context, c *claim) error {
	s.mu.Lock()
	purge, purged, holes, ours := c.purge, c.purged, c.holes, c.ours(time.Now())
	s.mu.Unlock()
	if !ours {
		return nil
	}
	if purge > purged {
		if err := s.stream.Purge(ctx, jetstream.WithPurgeSubject(c.subject), jetstream.WithPurgeSequence(purge)); err != nil {
			return err
		}
	}
	for _, seq := range holes {
		if seq < purge { // it went with the others
			continue
		}
		if err := s.delete(ctx, seq); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c.purged, c.holes = purge, c.holes[len(holes):]
	return nil
}

// delete deletes a message, which may have been deleted by a call whose answer was lost.
func (s *Source) delete(ctx context.Context, seq uint64) error {
	err := s.stream.DeleteMsg(ctx, seq)
	if !errors.Is(err, jetstream.ErrMsgDeleteUnsuccessful) { // whose reason is a text only
		return err
	}
	if _, got := s.stream.GetMsg(ctx, seq); errors.Is(got, jetstream.ErrMsgNotFound) {
		return nil
	}
	return err
}

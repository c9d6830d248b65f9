package pgsource

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/sioxide/emitter/relay"
)

// Settle implements relay.Source: it deletes rows, and moves dead letters, in one
// transaction. When the session is lost meanwhile the rows are with another relay,
// or soon are, and that is no error.
func (s *Source) Settle(ctx context.Context, outcomes []relay.Outcome) error {
	if err := s.take(ctx); err != nil {
		return prefixed(err)
	}
	defer s.yield()
	if s.session == nil {
		return nil
	}
	err := s.do(ctx, func(ctx context.Context) error { return s.session.settle(ctx, outcomes) })
	var lost *lostError
	if errors.As(err, &lost) && ctx.Err() == nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("pgsource: settle %d rows of %s: %w", len(outcomes), s.name, withRemedy(err, s.name))
	}
	return nil
}

func (n *session) settle(ctx context.Context, outcomes []relay.Outcome) error {
	var done, dead []int64
	var reasons []string
	for _, o := range outcomes {
		ref, ok := o.Message.Ref.(row)
		switch {
		case !ok:
			return fmt.Errorf("message %q is not of this source", o.Message.ID)
		case !n.held.Has(ref.bucket): // with its new owner
		case o.Reason == "":
			done = append(done, ref.id)
		default:
			dead = append(dead, ref.id)
			reasons = append(reasons, textOf(o.Reason))
		}
	}
	if err := n.remove(ctx, done, dead, reasons); err != nil {
		return err
	}
	for _, o := range outcomes {
		ref := o.Message.Ref.(row)
		n.held.Settled(ref.bucket, ref.id)
	}
	return n.giveUp(ctx)
}

func (n *session) remove(ctx context.Context, done, dead []int64, reasons []string) error {
	if len(dead) == 0 {
		if len(done) == 0 {
			return nil
		}
		_, err := n.conn.Exec(ctx, n.statements.settle, done)
		return err
	}
	var b pgx.Batch // a transaction of its own
	b.Queue(n.bury, dead, reasons)
	b.Queue(n.statements.settle, done)
	return n.conn.SendBatch(ctx, &b).Close()
}

// textOf is a reason that PostgreSQL takes.
func textOf(reason string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(reason, "\ufffd"), "\x00", "\ufffd")
}

// Release implements relay.Source.
func (s *Source) Release(ctx context.Context) error {
	if err := s.take(ctx); err != nil {
		return prefixed(err)
	}
	defer s.yield()
	if s.session == nil {
		return nil
	}
	s.session.held.Release()
	s.session.notified = true // there may be rows
	if err := s.do(ctx, s.session.giveUp); err != nil {
		return fmt.Errorf("pgsource: give back rows of %s: %w", s.name, err)
	}
	return nil
}

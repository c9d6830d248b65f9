package pgsource

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/relay"
)

// row is a message's Ref.
type row struct {
	id     int64
	bucket int
}

// Fetch implements relay.Source. When the session was lost, or can't be had, the error
// says so, and the next call connects again.
func (s *Source) Fetch(ctx context.Context, most, bytes int) ([]relay.Message, error) {
	if err := s.take(ctx); err != nil {
		return nil, prefixed(err)
	}
	defer s.yield()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()
	if s.session == nil {
		if err := s.open(ctx); err != nil {
			return nil, prefixed(err)
		}
	}
	messages, err := s.fetch(ctx, most, bytes)
	if err != nil && s.ctx.Err() != nil {
		err = emitter.ErrClosed
	}
	return messages, prefixed(err)
}

func (s *Source) fetch(ctx context.Context, most, bytes int) ([]relay.Message, error) {
	for looked := (time.Time{}); ; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		held := len(s.session.held.Held())
		if err := s.do(ctx, s.session.rebalanceIfDue); err != nil {
			return nil, s.failed("share the buckets of", err)
		}
		n := s.session
		if n.notified || len(n.held.Held()) > held || time.Since(looked) >= s.poll {
			n.notified, looked = false, time.Now()
			var messages []relay.Message
			err := s.do(ctx, func(ctx context.Context) (err error) {
				messages, err = n.read(ctx, most, bytes)
				return err
			})
			if err != nil || len(messages) > 0 {
				return messages, s.failed("read", err)
			}
		}
		if err := s.wait(ctx, min(n.balanceTime()-time.Since(n.balanced), s.poll-time.Since(looked))); err != nil {
			return nil, s.failed("wait for rows of", err)
		}
	}
}

// wait returns at a notification, after d, or when ctx ends: none is an error. An error
// is that of the connection.
func (s *Source) wait(ctx context.Context, d time.Duration) error {
	if d <= 0 || s.session.notified {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	return s.do(ctx, func(context.Context) error {
		if err := s.session.conn.PgConn().WaitForNotification(ctx); err != nil && s.session.conn.IsClosed() {
			return err
		}
		return nil
	})
}

func (s *Source) failed(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s: %w", what, s.name, withRemedy(err, s.name))
}

// read returns rows that are not with the relay yet.
func (n *session) read(ctx context.Context, most, bytes int) ([]relay.Message, error) {
	open := n.held.Open()
	if len(open) == 0 {
		return nil, nil
	}
	out := append([]int64{}, n.held.Out()...) // nil would be NULL
	rows, err := n.conn.Query(ctx, n.statements.read, open, out, max(most, 1), max(bytes, 1))
	if err != nil {
		return nil, err
	}
	messages, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (relay.Message, error) {
		var (
			m   relay.Message
			ref row
		)
		err := r.Scan(&ref.id, &ref.bucket, &m.Key, &m.Data, &m.At)
		m.ID, m.Ref = n.name+"/"+strconv.FormatInt(ref.id, 10), ref
		return m, err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(messages, func(a, b relay.Message) int { return cmp.Compare(a.Ref.(row).id, b.Ref.(row).id) })
	for _, m := range messages {
		n.held.Fetched(m.Ref.(row).bucket, m.Ref.(row).id)
	}
	return messages, nil
}

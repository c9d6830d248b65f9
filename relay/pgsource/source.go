package pgsource

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/relay"
)

var _ relay.Source = (*Source)(nil)

// Source reads a table. It has a connection of its own, made by the first Fetch.
type Source struct {
	config
	pool *pgxpool.Pool
	err  error // what New found wrong; returned by each call

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	beats  sync.WaitGroup

	turn    chan struct{} // whoever uses session has put one in
	session *session      // nil: there is none
}

// New makes a source on a pool, which must outlive it and is never closed by it. A nil
// pool gives emitter.ErrNoDriver from each call.
func New(pool *pgxpool.Pool, opts ...Option) *Source {
	s := &Source{pool: pool, turn: make(chan struct{}, 1)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if s.config, s.err = configOf(opts); s.err == nil && pool == nil {
		s.err = fmt.Errorf("%w: New was given a nil pool", emitter.ErrNoDriver)
	}
	if s.err == nil {
		s.beats.Go(s.beat)
	}
	return s
}

// take waits until nobody else uses the session.
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

// beat keeps the session from being idle for as long as a relay that stands still
// would be: performing may take long. It also takes part in the sharing.
func (s *Source) beat() {
	every := time.NewTicker(s.lease / 4)
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
			continue // it is in use
		}
		if s.session != nil {
			_ = s.do(s.ctx, s.session.rebalanceIfDue) // Fetch tells by its own error
		}
		s.yield()
	}
}

// opTime is how long one statement may take; endTime how long one that runs may still
// take when its caller's context has ended: a statement that is broken off takes the
// session along, and with it all claims.
const (
	opTime  = 30 * time.Second
	endTime = 2 * time.Second
)

// do runs f on the session. When that breaks the session, it is dropped.
func (s *Source) do(ctx context.Context, f func(ctx context.Context) error) error {
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), opTime)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(endTime, cancel) })
	defer stop()
	err := f(own)
	if err == nil || !s.session.conn.IsClosed() {
		return err
	}
	s.logger.Warn("the session with PostgreSQL is lost, and with it all claims", "table", s.name, "error", err)
	s.session.end(context.WithoutCancel(ctx))
	s.session = nil
	return &lostError{err}
}

// lostError says that the session is gone, and all claims with it.
type lostError struct{ err error }

func (e *lostError) Error() string {
	return e.err.Error() + " (the session is lost: what was not settled comes again)"
}
func (e *lostError) Unwrap() error { return e.err }

// Lag implements relay.Source. It asks through the pool.
func (s *Source) Lag(ctx context.Context) (waiting int64, oldest time.Time, err error) {
	if s.err != nil {
		return 0, oldest, prefixed(s.err)
	}
	var since *time.Time
	err = s.pool.QueryRow(ctx, s.lag).Scan(&waiting, &since)
	if err != nil {
		return 0, oldest, fmt.Errorf("pgsource: count the rows of %s: %w", s.name, withRemedy(err, s.name))
	}
	if since != nil {
		oldest = *since
	}
	return waiting, oldest, nil
}

// Close implements relay.Source.
func (s *Source) Close(ctx context.Context) error {
	s.cancel() // ends a Fetch that waits
	if s.err != nil {
		return nil
	}
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("pgsource: close: another call has not returned: %w", ctx.Err())
	}
	defer s.yield()
	s.beats.Wait()
	if s.session != nil {
		s.session.end(ctx)
		s.session = nil
	}
	return nil
}

// connect opens a connection as the pool does, beside those of the pool.
func (s *Source) connect(ctx context.Context, notified func()) (*pgx.Conn, error) {
	config := s.pool.Config()
	if config.BeforeConnect != nil {
		if err := config.BeforeConnect(ctx, config.ConnConfig); err != nil {
			return nil, fmt.Errorf("BeforeConnect of the pool: %w", err)
		}
	}
	conn, err := pgx.ConnectConfig(ctx, ownConfig(config.ConnConfig, notified))
	if err != nil || config.AfterConnect == nil {
		return conn, err
	}
	if err := config.AfterConnect(ctx, conn); err != nil {
		return nil, errors.Join(fmt.Errorf("AfterConnect of the pool: %w", err), conn.Close(ctx))
	}
	return conn, nil
}

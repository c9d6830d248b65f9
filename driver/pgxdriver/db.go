package pgxdriver

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// DB is what a *pgxpool.Pool, a *pgx.Conn, a *pgxpool.Conn and a pgx.Tx have in
// common.
type DB interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	Begin(ctx context.Context) (pgx.Tx, error)
}

// SQL is what an *sql.DB, an *sql.Conn and an *sql.Tx have in common.
type SQL interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// database runs statements on what New or NewSQL was given.
type database interface {
	// run runs one statement. Its error is marked by emitter.NotSent when certainly
	// nothing of it is done.
	run(ctx context.Context, s *statement) error

	// inTransaction tells whether statements run in a transaction of the caller's.
	inTransaction(ctx context.Context) (bool, error)
}

// pool runs each statement on a connection of its own.
type pool struct{ *pgxpool.Pool }

// maxBad is how many connections in a row may turn out to be dead, as all that are
// idle are after a restart of PostgreSQL.
const maxBad = 64

func (p pool) run(ctx context.Context, s *statement) error {
	for range maxBad {
		again, err := p.runOnce(ctx, s)
		if !again {
			return err
		}
	}
	_, err := p.runOnce(ctx, s)
	return err
}

// runOnce asks for another attempt when its connection turns out to be dead, and
// nothing was sent.
func (p pool) runOnce(ctx context.Context, s *statement) (again bool, err error) {
	c, err := p.Acquire(ctx)
	if err != nil {
		return false, unsent(err)
	}
	defer c.Release()
	conn := c.Conn()
	if err := outlive(ctx, conn, s.sure, conn.Ping); err != nil {
		return ctx.Err() == nil, unsent(err)
	}
	s.date(0)
	dead := conn.IsClosed()
	_, err = conn.Exec(ctx, s.sql, s.args...)
	if err == nil {
		return false, nil
	}
	noteLoss(ctx, conn)
	undone := isUndone(dead, err)
	return undone && conn.IsClosed() && ctx.Err() == nil, judge(ctx, err, undone)
}

func isSimple(conn *pgx.Conn) bool {
	return conn.Config().DefaultQueryExecMode == pgx.QueryExecModeSimpleProtocol
}

func (pool) inTransaction(context.Context) (bool, error) { return false, nil }

// turns lets one call after another use what can't be shared.
type turns chan struct{}

func (t turns) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return unsent(ctx.Err())
	}
}

func (t turns) yield() { <-t }

// single runs statements one after another on a connection or in a transaction.
type single struct {
	turns
	db    DB
	conn  func() *pgx.Conn // nil: not known
	tx    bool             // db is a transaction
	grace time.Duration
}

func (c *single) run(ctx context.Context, s *statement) error {
	if err := c.take(ctx); err != nil {
		return err
	}
	defer c.yield()
	within := c.within()
	s.date(0)
	if within {
		s.date(c.grace)
	}
	dead := !c.tx && c.conn != nil && c.conn().IsClosed()
	_, err := c.db.Exec(ctx, s.sql, s.args...)
	if err == nil {
		return nil
	}
	err = judge(ctx, err, c.isUndone(within, dead, err))
	if within {
		err = inTransaction(err)
	}
	return err
}

// isUndone is told what the function of that name is, and whether a transaction was
// open: what is lost with its connection is rolled back. The connection of a
// transaction that has ended may be somebody else's by now, and is not touched.
func (c *single) isUndone(within, dead bool, err error) bool {
	if c.conn == nil || errors.Is(err, pgx.ErrTxClosed) {
		return false
	}
	return isUndone(dead, err) || within && c.conn().IsClosed()
}

// within tells whether a transaction is open.
func (c *single) within() bool { return c.tx || c.conn != nil && isWithin(c.conn()) }

// isWithin tells whether a connection is in a transaction, which its owner may have
// begun by hand.
func isWithin(conn *pgx.Conn) bool {
	const idle = 'I' // PostgreSQL's protocol, ReadyForQuery
	return !conn.IsClosed() && conn.PgConn().TxStatus() != idle
}

func (c *single) inTransaction(ctx context.Context) (bool, error) {
	if c.tx {
		return true, nil
	}
	if err := c.take(ctx); err != nil {
		return false, err
	}
	defer c.yield()
	return c.within(), nil
}

// databaseOf finds out what db is, and how to open a connection like it.
func databaseOf(db DB, grace time.Duration) (d database, shared bool, connect func(context.Context) (*pgx.Conn, error)) {
	s := &single{turns: make(turns, 1), db: db, grace: grace}
	switch db := db.(type) {
	case *pgxpool.Pool:
		return pool{db}, true, func(ctx context.Context) (*pgx.Conn, error) { return connectPool(ctx, db) }
	case *pgx.Conn:
		s.conn = func() *pgx.Conn { return db }
	case *pgxpool.Conn:
		s.conn = db.Conn
	case pgx.Tx:
		s.conn, s.tx = db.Conn, true
		return s, false, nil
	default:
		return s, false, nil
	}
	config := s.conn().Config()
	return s, false, func(ctx context.Context) (*pgx.Conn, error) { return connectLike(ctx, config) }
}

// isNil tells whether there is a pointer of nil in db.
func isNil(db any) bool {
	switch db := db.(type) {
	case nil:
		return true
	case *pgxpool.Pool:
		return db == nil
	case *pgx.Conn:
		return db == nil
	case *pgxpool.Conn:
		return db == nil
	case *pgxpool.Tx:
		return db == nil
	case *sql.DB:
		return db == nil
	case *sql.Conn:
		return db == nil
	case *sql.Tx:
		return db == nil
	}
	return false
}

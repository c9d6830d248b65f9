package pgxoutbox

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/outbox"
	"github.com/sioxide/emitter/protocol"
)

// DB is what a *pgxpool.Pool, a *pgx.Conn, a *pgxpool.Conn and a pgx.Tx have in
// common.
type DB interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	Begin(ctx context.Context) (pgx.Tx, error)
}

var _ emitter.BulkDriver = (*Driver)(nil)

// Driver inserts operations. It is safe for concurrent use, as long as nobody else
// uses its connection or transaction at the same time: there one call follows another.
type Driver struct {
	config
	db   DB
	turn chan struct{} // nil: a pool
	one  string        // inserts a row
	many string        // inserts lists
	err  error         // what New found wrong; returned by each call
}

// New makes a driver on db: a *pgxpool.Pool, a *pgx.Conn, a *pgxpool.Conn or a pgx.Tx.
// db must outlive the driver and is never closed by it. A nil db gives
// emitter.ErrNoDriver from each call of Send.
func New(db DB, opts ...Option) *Driver {
	d := &Driver{db: db, config: configOf(opts)}
	if isNil(db) {
		d.err = fmt.Errorf("%w: New was given a nil database", emitter.ErrNoDriver)
		return d
	}
	if d.one, d.many, d.err = outbox.InsertStatements(d.table); d.err != nil {
		return d
	}
	if _, ok := db.(*pgxpool.Pool); !ok {
		d.turn = make(chan struct{}, 1)
	}
	return d
}

// isNil tells whether there is a pointer of nil in db.
func isNil(db DB) bool {
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
	}
	return false
}

// Send inserts the operation that req is. It returns -1. What the outbox can't take is
// marked by emitter.NotSent, and so is every statement that certainly did nothing.
func (d *Driver) Send(ctx context.Context, req *protocol.Request) (int, error) {
	if err := d.ready(ctx); err != nil {
		return -1, prefixed(err)
	}
	e, err := outbox.Encode(req, d.entry...)
	if err == nil {
		err = d.failed(1, d.run(ctx, d.one, e.Key, string(e.Data)))
	}
	return -1, prefixed(err)
}

// maxStatement is the most bytes of one statement, unless a single operation has more.
const maxStatement = 64 << 20

// SendAll inserts reqs in one statement, in order; those that the outbox can't take
// have their own error and do not keep out others. More than 64 MiB are split; when a
// statement fails, what was to follow is not inserted.
func (d *Driver) SendAll(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) error {
	if err := d.ready(ctx); err != nil {
		fill(errs[:len(reqs)], err)
	} else {
		outbox.EncodeAll(reqs, errs, maxStatement, func(part []outbox.Entry, failed []error) error { return d.insert(ctx, part, failed) }, d.entry...)
	}
	var first error
	for i := range reqs {
		if servers[i], errs[i] = -1, prefixed(errs[i]); first == nil {
			first = errs[i]
		}
	}
	return first
}

// insert inserts in one statement. It returns what keeps the rest from being inserted.
func (d *Driver) insert(ctx context.Context, part []outbox.Entry, failed []error) (broken error) {
	keys, data := make([]string, len(part)), make([]string, len(part))
	for i, e := range part {
		keys[i], data[i] = e.Key, string(e.Data)
	}
	err := d.failed(len(part), d.run(ctx, d.many, keys, data))
	fill(failed, err)
	if err != nil {
		return emitter.NotSent(fmt.Errorf("those before it were not inserted: %w", err))
	}
	return nil
}

func fill(errs []error, err error) {
	for i := range errs {
		errs[i] = err
	}
}

func (d *Driver) ready(ctx context.Context) error {
	err := emitter.ErrNoDriver
	switch {
	case d == nil:
	case d.err != nil:
		err = d.err
	default:
		err = ctx.Err()
	}
	return emitter.NotSent(err)
}

// run runs one statement.
func (d *Driver) run(ctx context.Context, sql string, args ...any) error {
	if pool, ok := d.db.(*pgxpool.Pool); ok {
		c, err := pool.Acquire(ctx)
		if err != nil {
			return emitter.NotSent(err)
		}
		defer c.Release()
		_, err = c.Exec(ctx, sql, args...)
		return judge(ctx, err, false, nil)
	}
	select {
	case d.turn <- struct{}{}:
	case <-ctx.Done():
		return emitter.NotSent(ctx.Err())
	}
	defer func() { <-d.turn }()
	conn := connOf(d.db)
	within := isWithin(d.db, conn)
	_, err := d.db.Exec(ctx, sql, args...)
	return judge(ctx, err, within, conn)
}

// connOf is the connection below db, nil where it is not known.
func connOf(db DB) *pgx.Conn {
	switch db := db.(type) {
	case *pgx.Conn:
		return db
	case interface{ Conn() *pgx.Conn }: // a *pgxpool.Conn, a pgx.Tx
		return db.Conn()
	}
	return nil
}

// isWithin tells whether statements run in a transaction, which its owner may have
// begun by hand.
func isWithin(db DB, conn *pgx.Conn) bool {
	if _, ok := db.(pgx.Tx); ok {
		return true
	}
	const idle = 'I' // PostgreSQL's protocol, ReadyForQuery
	return conn != nil && !conn.IsClosed() && conn.PgConn().TxStatus() != idle
}

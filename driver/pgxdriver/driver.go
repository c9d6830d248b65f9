package pgxdriver

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/jackc/pgx/v5"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/answers"
	"github.com/sioxide/emitter/protocol"
)

var (
	_ emitter.BulkDriver = (*Driver)(nil)
	_ emitter.Rosterer   = (*Driver)(nil)
	_ emitter.Windower   = (*Driver)(nil)
)

// Driver notifies through PostgreSQL. On a pool, concurrent calls of Send share round
// trips; on a connection or in a transaction they go one after another. It is safe
// for concurrent use, as long as nobody else uses the connection or transaction at
// the same time.
type Driver struct {
	db        database
	sender    *sender
	through   emitter.Driver       // takes encoded requests: sender, or a Coalescer before it
	answers   *answers.Listener    // nil: it can't ask
	listening atomic.Pointer[conn] // the connection for answers, the last one
	rosters   rosters
	connect   func(context.Context) (*pgx.Conn, error) // nil: it can't ask
	err       error                                    // what New found wrong; returned by each call
	closed    atomic.Bool
}

// New makes a driver on db: a *pgxpool.Pool, a *pgx.Conn, a *pgxpool.Conn or a pgx.Tx.
// db must outlive the driver and is never closed by it. A nil db gives
// emitter.ErrNoDriver from each call of Send. Through a DB of another type one call
// follows another.
func New(db DB, opts ...Option) *Driver {
	if isNil(db) {
		return &Driver{err: fmt.Errorf("%w: New was given a nil database", emitter.ErrNoDriver)}
	}
	config, err := configOf(opts)
	if err != nil {
		return &Driver{err: err}
	}
	database, shared, connect := databaseOf(db, config.grace)
	if config.connect == nil {
		config.connect = connect
	}
	return newDriver(database, shared, config)
}

// NewSQL makes a driver on db: an *sql.DB, an *sql.Conn or an *sql.Tx, of pgx's own
// driver or another one for PostgreSQL. db must outlive the driver and is never
// closed by it. It can ask only with WithListenConn.
func NewSQL(db SQL, opts ...Option) *Driver {
	if isNil(db) {
		return &Driver{err: fmt.Errorf("%w: NewSQL was given a nil database", emitter.ErrNoDriver)}
	}
	config, err := configOf(opts)
	if err != nil {
		return &Driver{err: err}
	}
	database, shared := sqlDatabaseOf(db, config.grace)
	return newDriver(database, shared, config)
}

func newDriver(db database, shared bool, c config) *Driver {
	s := &sender{db: db, sql: statementsFor(c.table), table: c.table}
	d := &Driver{db: db, sender: s, through: s, connect: c.connect}
	if shared {
		d.through = emitter.NewCoalescer(s)
	}
	if c.connect != nil {
		d.answers = answers.New(subscriber{driver: d, logger: orSilent(c.logger)}, c.logger)
	}
	return d
}

// Close ends the driver, its connection for answers and every question that waits,
// but not the database: they and later calls return emitter.ErrClosed. It may be
// called more than once.
func (d *Driver) Close() error {
	if d == nil || d.err != nil {
		return nil
	}
	d.closed.Store(true)
	if d.answers != nil {
		d.answers.Close()
	}
	return nil
}

// Window tells how much may wait in a server's queue: socketioxide-postgres's
// tokio-postgres driver holds 255 notifications of a namespace and drops the rest, and
// a server holds 128 packets for each client. Of 200 that were committed together none
// was lost, of 300 some were; its sqlx driver lost none of 1,000.
func (*Driver) Window() (events, bytes int) { return 100, 4 << 20 }

func (d *Driver) ready(ctx context.Context) error {
	err := emitter.ErrNoDriver
	switch {
	case d == nil:
	case d.err != nil:
		err = d.err
	case d.closed.Load():
		err = emitter.ErrClosed
	default:
		err = ctx.Err()
	}
	return emitter.NotSent(err)
}

// Send sends req. For a request that is answered it returns how many servers were
// heard of in the last minute, -1 for none and for all other requests: PostgreSQL does
// not tell who listens. A request with Count that is not answered is
// emitter.ErrUnsupported, and so is what is answered in a transaction.
func (d *Driver) Send(ctx context.Context, req *protocol.Request) (int, error) {
	err := d.ready(ctx)
	if err == nil {
		err = d.refuse(ctx, req)
	}
	if err != nil {
		return -1, prefixed(err)
	}
	m, err := encode(req)
	if err != nil {
		return -1, prefixed(err)
	}
	if _, err := d.through.Send(ctx, &m.req); err != nil {
		return -1, prefixed(err) // the client may still hold the bytes: they are left to the collector
	}
	m.release()
	return d.servers(req), nil
}

// SendAll sends reqs in one statement, in order, and all or none: when one of them
// can't be sent, nothing is, and its own element of errs says why. Statements of more
// than 64 MiB are split.
func (d *Driver) SendAll(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) error {
	encoded := d.encodeAll(ctx, reqs, errs)
	var err error
	for from := 0; from < len(encoded); {
		to := cut(encoded, from)
		if err == nil {
			err = d.sender.sendAll(ctx, encoded[from:to])
		} else {
			err = emitter.NotSent(fmt.Errorf("those before it were not sent: %w", err))
		}
		for i := from; i < to; i++ {
			errs[i] = err
		}
		from = to
	}
	for i := range reqs {
		servers[i] = -1
		if errs[i] = prefixed(errs[i]); errs[i] == nil {
			servers[i] = d.servers(reqs[i])
		}
	}
	return firstOf(errs[:len(reqs)])
}

// maxStatement is the most bytes of one statement, unless a single request has more.
const maxStatement = 64 << 20

// cut returns the end of the part that begins at from.
func cut(reqs []*protocol.Request, from int) int {
	to, size := from, 0
	for to < len(reqs) {
		size += len(reqs[to].Raw)
		if to > from && size > maxStatement {
			break
		}
		to++
	}
	return to
}

// encodeAll encodes all requests, or none and says in errs why.
func (d *Driver) encodeAll(ctx context.Context, reqs []*protocol.Request, errs []error) []*protocol.Request {
	clear(errs[:len(reqs)])
	if err := d.ready(ctx); err != nil {
		for i := range reqs {
			errs[i] = err
		}
		return nil
	}
	encoded, bad := make([]*protocol.Request, len(reqs)), -1
	for i, req := range reqs {
		err := d.refuse(ctx, req)
		if err == nil {
			var m *message
			if m, err = encode(req); err == nil {
				encoded[i] = &m.req
			}
		}
		if errs[i] = err; err != nil && bad < 0 {
			bad = i
		}
	}
	if bad < 0 {
		return encoded
	}
	others := emitter.NotSent(&otherError{bad, errs[bad]})
	for i := range reqs {
		if errs[i] == nil {
			errs[i] = others
		}
	}
	return nil
}

// otherError is what a request gets that is not sent because of another one. It does
// not wrap that one's error: what is wrong with it is not what is wrong with others.
type otherError struct {
	number int
	err    error
}

func (e *otherError) Error() string {
	return fmt.Sprintf("nothing of the batch was sent, as request %d of it can't be: %v", e.number, e.err)
}

// refuse finds what can't be done before anything is sent.
func (d *Driver) refuse(ctx context.Context, req *protocol.Request) error {
	answered := req.Raw == nil && req.Type.IsAnswered()
	if !answered {
		if req.Count {
			return emitter.NotSent(fmt.Errorf("%w: PostgreSQL does not tell who listens", emitter.ErrUnsupported))
		}
		return nil
	}
	return d.refuseInTransaction(ctx)
}

// refuseInTransaction finds the question that nobody would hear in time.
func (d *Driver) refuseInTransaction(ctx context.Context) error {
	within, err := d.db.inTransaction(ctx)
	if err == nil && within {
		err = emitter.NotSent(fmt.Errorf("%w: in a transaction nothing can be asked, as answers come only after it has committed; ask through the pool", emitter.ErrUnsupported))
	}
	return err
}

// servers is how many servers will answer.
func (d *Driver) servers(req *protocol.Request) int {
	if req.Raw != nil || !req.Type.IsAnswered() {
		return -1
	}
	if n := d.Roster(req.Prefix, req.Namespace).Len(); n > 0 {
		return n
	}
	return -1
}

package sqloutbox

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/outbox"
	"github.com/sioxide/emitter/protocol"
)

// DB is what an *sql.DB, an *sql.Conn and an *sql.Tx have in common.
type DB interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

var _ emitter.BulkDriver = (*Driver)(nil)

// Driver inserts operations. It is safe for concurrent use.
type Driver struct {
	config
	db   DB
	one  string // inserts a row
	many string // inserts lists
	err  error  // what New found wrong; returned by each call
}

// New makes a driver on db: an *sql.DB, an *sql.Conn or an *sql.Tx of PostgreSQL. db
// must outlive the driver and is never closed by it. A nil db gives
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
	return d
}

// isNil tells whether there is a pointer of nil in db.
func isNil(db DB) bool {
	switch db := db.(type) {
	case nil:
		return true
	case *sql.DB:
		return db == nil
	case *sql.Conn:
		return db == nil
	case *sql.Tx:
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
	var keys, data list
	for _, e := range part {
		keys.add(e.Key)
		data.add(string(e.Data))
	}
	err := d.failed(len(part), d.run(ctx, d.many, keys.literal(), data.literal()))
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
func (d *Driver) run(ctx context.Context, query string, args ...any) error {
	_, err := d.db.ExecContext(ctx, query, args...)
	_, within := d.db.(interface {
		Commit() error
		Rollback() error
	})
	return judge(ctx, err, within)
}

// list is a literal of PostgreSQL's text[], as not every driver takes lists.
type list struct{ strings.Builder }

var escaped = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

func (l *list) add(s string) {
	if l.Len() == 0 {
		l.WriteByte('{')
	} else {
		l.WriteByte(',')
	}
	l.WriteByte('"')
	_, _ = escaped.WriteString(l, s)
	l.WriteByte('"')
}

func (l *list) literal() string { return l.String() + "}" }

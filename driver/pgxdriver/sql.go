package pgxdriver

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// sqlPool runs each statement on a connection of its own.
type sqlPool struct{ *sql.DB }

func (p sqlPool) run(ctx context.Context, s *statement) error {
	for range maxBad {
		if again, err := p.runOnce(ctx, s); !again {
			return err
		}
	}
	_, err := p.runOnce(ctx, s)
	return err
}

// runOnce asks for another attempt when its connection turns out to be closed, and
// nothing was done.
func (p sqlPool) runOnce(ctx context.Context, s *statement) (again bool, err error) {
	conn, err := p.Conn(ctx)
	if err != nil {
		return false, unsent(err)
	}
	defer func() { _ = conn.Close() }() // it goes back to the pool
	pg := pgxOf(conn)
	if pg != nil {
		if err := outlive(ctx, pg, s.sure, conn.PingContext); err != nil {
			return ctx.Err() == nil, unsent(err)
		}
	}
	s.date(0)
	_, err = conn.ExecContext(ctx, s.sql, literals(s.args)...)
	if err == nil {
		return false, nil
	}
	if pg != nil {
		noteLoss(ctx, pg)
	}
	undone := isBad(pg, err)
	return undone && ctx.Err() == nil, judge(ctx, err, undone)
}

// pgxOf is the connection of pgx below one of database/sql, nil where there is another
// driver.
func pgxOf(conn *sql.Conn) (pg *pgx.Conn) {
	_ = conn.Raw(func(c any) error {
		if c, ok := c.(interface{ Conn() *pgx.Conn }); ok {
			pg = c.Conn()
		}
		return nil
	})
	return pg
}

// isBad tells whether a statement is certainly not done because its connection was
// closed. In the simple protocol pgx says so of one that broke too.
func isBad(pg *pgx.Conn, err error) bool {
	return errors.Is(err, driver.ErrBadConn) && (pg == nil || !isSimple(pg))
}

func (sqlPool) inTransaction(context.Context) (bool, error) { return false, nil }

// sqlSingle runs statements one after another on a connection or in a transaction.
type sqlSingle struct {
	turns
	db    SQL
	tx    bool // db is a transaction
	grace time.Duration
}

func (c *sqlSingle) run(ctx context.Context, s *statement) error {
	if err := c.take(ctx); err != nil {
		return err
	}
	defer c.yield()
	pg := c.pgx()
	within := c.tx || pg != nil && isWithin(pg)
	if within || pg == nil { // where nothing tells, a transaction may be open
		s.date(c.grace)
	} else {
		s.date(0)
	}
	_, err := c.db.ExecContext(ctx, s.sql, literals(s.args)...)
	_, known := c.db.(*sql.Conn)
	if err = judge(ctx, err, (known || c.tx) && isBad(pg, err)); err != nil && within {
		err = inTransaction(err)
	}
	return err
}

// pgx is the connection of pgx below db, nil where it is not known.
func (c *sqlSingle) pgx() *pgx.Conn {
	if conn, ok := c.db.(*sql.Conn); ok {
		return pgxOf(conn)
	}
	return nil
}

func (c *sqlSingle) inTransaction(ctx context.Context) (bool, error) {
	if c.tx {
		return true, nil
	}
	if err := c.take(ctx); err != nil {
		return false, err
	}
	defer c.yield()
	pg := c.pgx()
	return pg != nil && isWithin(pg), nil
}

// sqlDatabaseOf finds out what db is.
func sqlDatabaseOf(db SQL, grace time.Duration) (d database, shared bool) {
	if db, ok := db.(*sql.DB); ok {
		return sqlPool{db}, true
	}
	s := &sqlSingle{turns: make(turns, 1), db: db, grace: grace}
	_, s.tx = db.(interface {
		Commit() error
		Rollback() error
	})
	return s, false
}

// literals turns lists into array literals, as not every driver of database/sql
// takes lists.
func literals(args []any) []any {
	plain := make([]any, len(args))
	for i, a := range args {
		switch a := a.(type) {
		case []string:
			plain[i] = textArray(a)
		case [][]byte:
			plain[i] = byteaArray(a)
		case []int64:
			plain[i] = intArray(a)
		default:
			plain[i] = a
		}
	}
	return plain
}

func textArray(list []string) string {
	size := 2
	for _, s := range list {
		size += len(s) + len(s)/8 + 3
	}
	b := append(make([]byte, 0, size), '{')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		for {
			at := strings.IndexAny(s, `"\`)
			if at < 0 {
				break
			}
			b = append(append(b, s[:at]...), '\\', s[at])
			s = s[at+1:]
		}
		b = append(append(b, s...), '"')
	}
	return string(append(b, '}'))
}

func byteaArray(list [][]byte) string {
	size := 2
	for _, v := range list {
		size += 2*len(v) + 6
	}
	b := append(make([]byte, 0, size), '{')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = hex.AppendEncode(append(b, `"\\x`...), v)
		b = append(b, '"')
	}
	return string(append(b, '}'))
}

func intArray(list []int64) string {
	b := []byte{'{'}
	for i, n := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, n, 10)
	}
	return string(append(b, '}'))
}

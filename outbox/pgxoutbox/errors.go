package pgxoutbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sioxide/emitter"
)

// prefixed names the package; it stands at the exported boundary.
func prefixed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("pgxoutbox: %w", err)
}

// failed says what was done.
func (d *Driver) failed(n int, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("insert %d into %s: %w", n, d.table, withRemedy(err, d.table))
}

// judge tells of a statement's error whether it can have been executed. within says
// that it ran in a transaction, which is gone with its connection.
func judge(ctx context.Context, err error, within bool, conn *pgx.Conn) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
		err = fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	var refusal *pgconn.PgError
	refused := errors.As(err, &refusal) && severity(refusal) == "ERROR"
	ended := errors.Is(err, pgx.ErrTxClosed)
	lost := !ended && within && conn != nil && conn.IsClosed()
	switch {
	case refused && within:
		err = fmt.Errorf("%w (the transaction is aborted: roll it back, or to a savepoint)", err)
	case lost:
		err = fmt.Errorf("%w (the connection is lost, and PostgreSQL rolls the transaction back: begin another one)", err)
	case !refused && !ended && !pgconn.SafeToRetry(err):
		return fmt.Errorf("%w (PostgreSQL had not confirmed it: it may be in the table)", err)
	}
	return emitter.NotSent(err)
}

// severity is the English one, where PostgreSQL tells it (since 9.6).
func severity(err *pgconn.PgError) string {
	if err.SeverityUnlocalized != "" {
		return err.SeverityUnlocalized
	}
	return err.Severity
}

// SQLSTATE codes and what to do about each; %s is the table.
var remedies = map[string]string{
	"42P01": "create the table %s: by pgsource.CreateTable of module relay, or the statements of pgsource.DDL",
	"42703": "the table %s is not one that pgsource.DDL makes",
	"42501": "grant insert on %s to the role",
	"25P02": "an earlier statement has aborted the transaction that inserts into %s",
	"25006": "inserts into %s need the primary server, and a transaction that may write",
	"22021": "a key for %s has a character that PostgreSQL's text can't hold",
	"22P05": "the encoding of the database of %s can't hold the operation: use UTF8",
	"53300": "raise max_connections of PostgreSQL, which has %s, or let fewer connections be open",
	"57P03": "PostgreSQL, which has %s, is starting or stopping: try again",
}

// withRemedy adds what to do about err, where that is known.
func withRemedy(err error, table string) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || remedies[pg.Code] == "" {
		return err
	}
	return fmt.Errorf("%w ("+remedies[pg.Code]+")", err, table)
}

package pgxdriver

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sioxide/emitter"
)

// prefixed names the driver; it stands at the exported boundary.
func prefixed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("pgxdriver: %w", err)
}

// unsent marks an error that came before anything was sent.
func unsent(err error) error { return emitter.NotSent(withRemedy(err)) }

// judge tells of a statement's error whether it can have been executed. undone says
// that it certainly was not.
func judge(ctx context.Context, err error, undone bool) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
		err = fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	if undone || isRefusal(err) {
		return unsent(err)
	}
	return fmt.Errorf("%w (PostgreSQL had not confirmed it: it may have been sent)", withRemedy(err))
}

// inTransaction says what an answer of PostgreSQL means for a transaction.
func inTransaction(err error) error {
	if codeOf(err) == "" {
		return err
	}
	return fmt.Errorf("%w (the transaction is aborted: roll it back, or to a savepoint)", err)
}

// isRefusal tells whether PostgreSQL says that it has not executed the statement, or
// the client that it has not sent it. A fatal error ends the connection, and may come
// when the statement is done already.
func isRefusal(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return severity(pg) == "ERROR"
	}
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		return true
	}
	for _, e := range []error{pgx.ErrTxClosed, sql.ErrTxDone, sql.ErrConnDone} {
		if errors.Is(err, e) {
			return true
		}
	}
	const connection, intervention = "08", "57" // classes of codes that may be fatal
	code := codeOf(err)
	return code != "" && !strings.HasPrefix(code, connection) && !strings.HasPrefix(code, intervention)
}

// severity is the English one, where PostgreSQL tells it (since 9.6).
func severity(err *pgconn.PgError) string {
	if err.SeverityUnlocalized != "" {
		return err.SeverityUnlocalized
	}
	return err.Severity
}

// codeOf is the SQLSTATE of PostgreSQL's answer, as every driver tells it, or "".
func codeOf(err error) string {
	var state interface{ SQLState() string }
	if errors.As(err, &state) {
		return state.SQLState()
	}
	return ""
}

// SQLSTATE codes and what to do about each.
var remedies = map[string]string{
	"25P02": "an earlier statement has aborted the transaction: roll it back, or to a savepoint",
	"25006": "notifications and LISTEN need the primary server, and rows a transaction that may write",
	"42704": "is the table of attachments one that a server has made?",
	"53300": "raise max_connections of PostgreSQL, or let fewer connections be open",
	"54000": "the queue of notifications is full: a session that listens has been in a transaction for too long",
	"57P03": "PostgreSQL is starting or stopping: try again",
}

// withRemedy adds what to do about err, where that is known.
func withRemedy(err error) error {
	if remedy := remedies[codeOf(err)]; remedy != "" {
		return fmt.Errorf("%w (%s)", err, remedy)
	}
	return err
}

// withTable adds what to do about a table of attachments that is missing or closed
// to the role.
func withTable(err error, table string) error {
	const undefinedTable, noPrivilege = "42P01", "42501"
	var remedy string
	switch codeOf(err) {
	case undefinedTable:
		remedy = fmt.Sprintf("each server creates the table when it starts: start one, give Table the name that they use, "+
			"or let search_path find it; without a server: create table \"%s\" (id bigserial unique, created_at timestamptz default now(), payload bytea)", table)
	case noPrivilege:
		remedy = fmt.Sprintf("grant insert, select (id) on \"%[1]s\" to the role, and usage on sequence \"%[1]s_id_seq\"; "+
			"to read answers, grant select on \"%[1]s\"", table)
	default:
		return err
	}
	return fmt.Errorf("%w (%s)", err, remedy)
}

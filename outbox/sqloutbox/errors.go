package sqloutbox

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	"github.com/sioxide/emitter"
)

// prefixed names the package; it stands at the exported boundary.
func prefixed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("sqloutbox: %w", err)
}

// failed says what was done.
func (d *Driver) failed(n int, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("insert %d into %s: %w", n, d.table, withRemedy(err, d.table))
}

// judge tells of a statement's error whether it can have been executed. within says
// that it ran in a transaction.
func judge(ctx context.Context, err error, within bool) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
		err = fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	refused := isRefusal(err)
	switch {
	case refused && within:
		err = fmt.Errorf("%w (the transaction is aborted: roll it back, or to a savepoint)", err)
	case !refused && !isUnsent(err):
		return fmt.Errorf("%w (PostgreSQL had not confirmed it: it may be in the table)", err)
	}
	return emitter.NotSent(err)
}

// isUnsent tells whether database/sql or the driver had no connection for it.
func isUnsent(err error) bool {
	return errors.Is(err, sql.ErrTxDone) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, driver.ErrBadConn)
}

// isRefusal tells whether PostgreSQL says that it has not executed the statement. The
// classes of a lost connection and of an operator's intervention may come when it is
// done already.
func isRefusal(err error) bool {
	const connection, intervention = "08", "57"
	code := codeOf(err)
	return code != "" && !strings.HasPrefix(code, connection) && !strings.HasPrefix(code, intervention)
}

// codeOf is the SQLSTATE of PostgreSQL's answer, as every driver tells it, or "".
func codeOf(err error) string {
	var state interface{ SQLState() string }
	if errors.As(err, &state) {
		return state.SQLState()
	}
	return ""
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
	remedy := remedies[codeOf(err)]
	if remedy == "" {
		return err
	}
	return fmt.Errorf("%w ("+remedy+")", err, table)
}

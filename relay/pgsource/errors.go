package pgsource

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
)

// prefixed names the package; it stands at the exported boundary.
func prefixed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("pgsource: %w", err)
}

// SQLSTATE codes and what to do about each; %s is the table.
var remedies = map[string]string{
	"42P01": "create the table %s: by pgsource.CreateTable, or the statements of pgsource.DDL",
	"42703": "the table %s is not one that pgsource.DDL makes",
	"42501": "the role needs select and delete on %s, and insert on its table of dead letters",
	"25006": "the relay of %s needs the primary server",
	"53300": "raise max_connections of PostgreSQL: a relay of %s needs one beside the pool's",
	"57P03": "PostgreSQL is starting or stopping: the relay of %s goes on when it is back",
}

// withRemedy adds what to do about err, where that is known.
func withRemedy(err error, table string) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || remedies[pg.Code] == "" {
		return err
	}
	return fmt.Errorf("%w ("+remedies[pg.Code]+")", err, table)
}

package conformance

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/conformance/internal/cases"
	"github.com/sioxide/emitter/conformance/internal/cluster"
	"github.com/sioxide/emitter/driver/pgxdriver"
)

var postgresDrivers = []driver{
	{"pgxdriver", cases.Answers, newPgxDriver},
	{"pgxdriver-sql", cases.Answers, newSQLDriver},
}

func postgresOf(t *testing.T, c *cluster.Cluster) *cluster.Postgres {
	on, ok := c.Backend.(*cluster.Postgres)
	if !ok {
		t.Fatalf("the cluster is on %T, not on PostgreSQL", c.Backend)
	}
	return on
}

func newPgxDriver(t *testing.T, c *cluster.Cluster) emitter.Driver {
	return pgxDriverFor(t, postgresOf(t, c).URL("", ""))
}

// pgxDriverFor makes a driver on a pool of its own.
func pgxDriverFor(t *testing.T, url string, opts ...pgxdriver.Option) *pgxdriver.Driver {
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatalf("connect pgx: %v", err)
	}
	d := pgxdriver.New(pool, opts...)
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close pgxdriver: %v", err)
		}
		pool.Close()
	})
	return d
}

func newSQLDriver(t *testing.T, c *cluster.Cluster) emitter.Driver {
	url := postgresOf(t, c).URL("", "")
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatalf("open database/sql: %v", err)
	}
	d := pgxdriver.NewSQL(db, pgxdriver.WithListenConn(func(ctx context.Context) (*pgx.Conn, error) {
		return pgx.Connect(ctx, url)
	}))
	t.Cleanup(func() {
		if err := errors.Join(d.Close(), db.Close()); err != nil {
			t.Errorf("close pgxdriver and database/sql: %v", err)
		}
	})
	return d
}

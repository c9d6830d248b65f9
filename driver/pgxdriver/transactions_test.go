package pgxdriver_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/pgxdriver"
)

// transaction is one of pgx or of database/sql.
type transaction interface {
	driver(opts ...pgxdriver.Option) *pgxdriver.Driver
	exec(t *testing.T, sql string)
	commit() error
	rollback() error
}

type pgxTx struct{ pgx.Tx }

func (tx pgxTx) driver(opts ...pgxdriver.Option) *pgxdriver.Driver {
	return pgxdriver.New(tx.Tx, opts...)
}
func (tx pgxTx) exec(t *testing.T, sql string) {
	t.Helper()
	if _, err := tx.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}
func (tx pgxTx) commit() error   { return tx.Commit(context.Background()) }
func (tx pgxTx) rollback() error { return tx.Rollback(context.Background()) }

type sqlTx struct{ *sql.Tx }

func (tx sqlTx) driver(opts ...pgxdriver.Option) *pgxdriver.Driver {
	return pgxdriver.NewSQL(tx.Tx, opts...)
}
func (tx sqlTx) exec(t *testing.T, sql string) {
	t.Helper()
	if _, err := tx.ExecContext(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}
func (tx sqlTx) commit() error   { return tx.Commit() }
func (tx sqlTx) rollback() error { return tx.Rollback() }

// handTx is a connection in a transaction that was begun by hand.
type handTx struct{ *pgx.Conn }

func (tx handTx) driver(opts ...pgxdriver.Option) *pgxdriver.Driver {
	return pgxdriver.New(tx.Conn, opts...)
}
func (tx handTx) exec(t *testing.T, sql string) {
	t.Helper()
	if _, err := tx.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}
func (tx handTx) commit() error {
	_, err := tx.Exec(context.Background(), "commit")
	return err
}
func (tx handTx) rollback() error {
	_, err := tx.Exec(context.Background(), "rollback")
	return err
}

// sqlHandTx is a connection of database/sql in a transaction that was begun by hand.
type sqlHandTx struct{ *sql.Conn }

func (tx sqlHandTx) driver(opts ...pgxdriver.Option) *pgxdriver.Driver {
	return pgxdriver.NewSQL(tx.Conn, opts...)
}
func (tx sqlHandTx) exec(t *testing.T, sql string) {
	t.Helper()
	if _, err := tx.ExecContext(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}
func (tx sqlHandTx) commit() error {
	_, err := tx.ExecContext(context.Background(), "commit")
	return err
}
func (tx sqlHandTx) rollback() error {
	_, err := tx.ExecContext(context.Background(), "rollback")
	return err
}

// eachTx runs a test in every kind of transaction.
func eachTx(t *testing.T, run func(t *testing.T, begin func() transaction, got <-chan heard, io emitter.Emitter)) {
	s := sharedServer(t)
	url := s.URL("", "")
	for name, begin := range map[string]func() transaction{
		"pgx": func() transaction {
			tx, err := mustPool(t, url, nil).Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return pgxTx{tx}
		},
		"database sql": func() transaction {
			tx, err := mustSQL(t, url).BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			return sqlTx{tx}
		},
		"by hand": func() transaction {
			conn := mustConnect(t, url)
			if _, err := conn.Exec(t.Context(), "begin"); err != nil {
				t.Fatal(err)
			}
			return handTx{conn}
		},
		"database sql by hand": func() transaction {
			conn, err := mustSQL(t, url).Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = conn.Close() })
			tx := sqlHandTx{conn}
			tx.exec(t, "begin")
			return tx
		},
	} {
		t.Run(name, func(t *testing.T) {
			namespace := fmt.Sprintf("/tx-%d", time.Now().UnixNano())
			got := listen(t, url, pgxdriver.Channel("socket.io", namespace, ""))
			run(t, begin, got, emitter.New(pgxdriver.New(mustPool(t, url, nil))).Of(namespace))
		})
	}
}

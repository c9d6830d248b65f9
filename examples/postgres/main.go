// Postgres: a shop tells about an order what its transaction has made true.
//
// Choose this when the servers use socketioxide-postgres, and when an event must be
// sent if, and only if, a change of the database is: it travels inside the
// transaction, so that neither exists without the other.
//
//	DATABASE_URL=postgres://localhost/shop go run ./postgres
package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"log"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/pgxdriver"
)

func main() {
	if err := shop(cmp.Or(os.Getenv("DATABASE_URL"), "postgres://localhost")); err != nil {
		log.Fatal(err)
	}
}

func shop(url string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()
	if _, err := pool.Exec(ctx, "create table if not exists orders (id bigint primary key, state text)"); err != nil {
		return err
	}
	// One driver on the pool for what no transaction decides. It also asks, on a
	// connection of its own that Close ends.
	driver := pgxdriver.New(pool)
	defer func() { _ = driver.Close() }()
	io := emitter.New(driver)

	if err := pay(ctx, pool, io, 42); err != nil {
		return err
	}
	db := stdlib.OpenDBFromPool(pool)
	defer func() { _ = db.Close() }()
	err = ship(ctx, db, io, 42)
	if !errors.Is(err, errNoStock) {
		return err
	}
	log.Print(err)
	return io.To("order:42").Emit(ctx, "delayed", 42)
}

// pay is a transaction of pgx. Customers hear of it when it has committed.
func pay(ctx context.Context, pool *pgxpool.Pool, io emitter.Emitter, order int) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "insert into orders values ($1, 'paid') on conflict (id) do update set state = 'paid'", order)
		if err != nil {
			return err
		}
		return io.Via(pgxdriver.New(tx)).To("order:42").Emit(ctx, "paid", order)
	})
}

var errNoStock = errors.New("nothing is left in stock")

// ship is a transaction of database/sql that fails after it has emitted: nobody ever
// hears of it.
func ship(ctx context.Context, db *sql.DB, io emitter.Emitter, order int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(ctx, "update orders set state = 'shipped' where id = $1", order); err != nil {
		return err
	}
	if err := io.Via(pgxdriver.NewSQL(tx)).To("order:42").Emit(ctx, "shipped", order); err != nil {
		return err
	}
	return errNoStock
}

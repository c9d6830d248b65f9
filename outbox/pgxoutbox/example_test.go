package pgxoutbox_test

import (
	"context"
	"log"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/outbox/pgxoutbox"
)

func ExampleNew() {
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, "postgres://localhost/shop")
	if err != nil {
		log.Print(err)
		return
	}
	defer pool.Close()
	io := emitter.New(pgxoutbox.New(pool))

	tx, err := pool.Begin(ctx)
	if err != nil {
		log.Print(err)
		return
	}
	defer func() { _ = tx.Rollback(ctx) }() // nothing once it is committed
	if _, err := tx.Exec(ctx, "update orders set paid = true where id = 42"); err != nil {
		log.Print(err)
		return
	}
	// Performed by the relay if, and only if, the transaction commits.
	if err := io.Via(pgxoutbox.New(tx)).To("order:42").Emit(ctx, "paid"); err != nil {
		log.Print(err)
		return
	}
	if err := tx.Commit(ctx); err != nil {
		log.Print(err)
	}
}

// Package pgxoutbox puts operations into an outbox table of PostgreSQL, from which a
// relay performs them on the cluster: on a pool, a connection, or inside the program's
// own transaction of pgx. An operation is there when, and only when, the transaction
// commits; what is rolled back, also to a savepoint, was never there:
//
//	tx, err := pool.Begin(ctx)
//	_, err = tx.Exec(ctx, "update orders set paid = true where id = $1", id)
//	err = io.Via(pgxoutbox.New(tx)).To("order:42").Emit(ctx, "paid", order)
//	err = tx.Commit(ctx)
//
// The builder is the same as with a driver of the cluster. What asks, and
// RequireServers, is emitter.ErrUnsupported: nobody answers before the operation is
// performed. A Batch inserts all of its operations in one statement.
//
// The table is made by pgsource.CreateTable of module relay, or by `sioxide relay`;
// pgsource.DDL has its statements. The role needs INSERT of it and no more. The
// database's encoding must hold the operations' text: it is best UTF8.
//
// Operations of one key, by default of one prefix and namespace, are performed in the
// order in which they were inserted in a transaction, and of transactions that did not
// overlap in the order of those.
package pgxoutbox

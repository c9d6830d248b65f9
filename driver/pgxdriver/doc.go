// Package pgxdriver lets an emitter talk to a cluster of socketioxide servers
// through PostgreSQL, on a pool, a connection or a transaction of pgx that the
// program already has, or on one of database/sql.
//
//	pool, err := pgxpool.New(ctx, url)
//	io := emitter.New(pgxdriver.New(pool))
//
// Inside a transaction an event is delivered when, and only when, the transaction
// commits; what is rolled back, also to a savepoint, was never there:
//
//	tx, err := pool.Begin(ctx)
//	_, err = tx.Exec(ctx, "update orders set paid = true where id = $1", id)
//	err = io.Via(pgxdriver.New(tx)).To("order:42").Emit(ctx, "paid", order)
//	err = tx.Commit(ctx)
//
// A request goes as the payload of a NOTIFY, which holds 7,999 bytes; what is larger
// goes into a row of the servers' table of attachments, and the notification names
// the row. Both happen in one statement. Nothing deletes a row but the servers, a
// minute after its time.
//
// A question listens on one connection of the driver's own, beside those of the pool;
// it is opened with the first question, restored when it is lost (WithLogger tells),
// and ended by Close. Through a transaction nothing can be asked: answers come only
// after it has committed.
//
// The role needs no rights for notifications. For attachments it needs INSERT and
// SELECT (id) of the table and USAGE of its sequence, and to read answers that come as
// attachments SELECT of the table.
package pgxdriver

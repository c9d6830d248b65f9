// Package sqloutbox puts operations into an outbox table of PostgreSQL through
// database/sql, from which a relay performs them on the cluster: on a *sql.DB, a
// *sql.Conn, or inside the program's own *sql.Tx. An operation is there when, and only
// when, the transaction commits:
//
//	tx, err := db.BeginTx(ctx, nil)
//	_, err = tx.ExecContext(ctx, "update orders set paid = true where id = $1", id)
//	err = io.Via(sqloutbox.New(tx)).To("order:42").Emit(ctx, "paid", order)
//	err = tx.Commit()
//
// The statements are PostgreSQL's, with any driver that takes $1 and texts, such as
// pgx's and pq. The package pgxoutbox does the same on pgx itself and says the rest:
// order, rights, the table, what can't be asked.
package sqloutbox

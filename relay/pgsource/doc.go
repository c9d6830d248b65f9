// Package pgsource lets a relay perform operations that wait in a table of PostgreSQL,
// an outbox: a program inserts them inside its own transactions, by
// outbox/pgxoutbox, outbox/sqloutbox or SQL of its own, so that an operation is there
// if, and only if, the transaction committed.
//
//	err := pgsource.CreateTable(ctx, pool, "sioxide_outbox")
//	src := pgsource.New(pool)
//
// # The table
//
// [DDL] has the statements. A row has a key, whose operations keep their order, and
// the operation's JSON in data; the rest has defaults:
//
//	insert into sioxide_outbox (key, data)
//	values ('socket.io#/', '{"op":"emit","to":["news"],"event":"headline"}')
//
// A trigger notifies the relays when the transaction commits. Commits that notify wait
// for each other in PostgreSQL; where that is too slow, drop the trigger, and relays
// look every few seconds ([Poll]). A row that is settled is deleted, a dead letter is
// moved to NAME_dead with its reason, in the same statement.
//
// # Order
//
// Operations of one key are performed in the order of their ids as far as they can be
// seen: one whose insert began after another's transaction had committed comes after
// it, and those of one transaction come in the order of their statements. Two
// transactions that overlap have no order between them: the later to commit may have
// the lower id, and comes when it is seen, never skipped.
//
// # Several relays
//
// Keys are spread over 16 buckets, and a bucket is with one relay at a time: with an
// advisory lock of the session, of the two keys (oid of the table, bucket), so that a
// relay holds no transaction open, which would keep VACUUM from its work. Each relay
// takes its share; those beyond the sixteenth stand by. The locks end with the
// session: at once when a relay is killed, and after the time of [Lease] when it, or
// the network, stands still (before PostgreSQL 14 only by TCP's keep-alive).
//
// A source has one connection of its own, made as the pool makes its own, which must
// lead to the primary server, and not through a pooler of transactions. It needs
// PostgreSQL 12, and of the table SELECT and DELETE, and INSERT of NAME_dead.
package pgsource

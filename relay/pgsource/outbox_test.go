package pgsource_test

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/emittertest"
	"github.com/sioxide/emitter/outbox"
	"github.com/sioxide/emitter/outbox/pgxoutbox"
	"github.com/sioxide/emitter/outbox/sqloutbox"
	"github.com/sioxide/emitter/relay"
	"github.com/sioxide/emitter/relay/pgsource"
)

// perform does what a relay does with the next messages, and returns what a socket in
// the room "a" received.
func perform(t *testing.T, s relay.Source) []string {
	t.Helper()
	cluster := emittertest.NewCluster(1)
	socket := cluster.Connect(0, "/", "a")
	io := emitter.New(cluster)
	var done []relay.Outcome
	for _, m := range mustFetch(t, s) {
		o, err := outbox.Decode(m.Data)
		if err != nil {
			t.Fatalf("%s: %v", m.Data, err)
		}
		if o.ID == "" || time.Since(o.At) > time.Minute || m.Key != "socket.io#/" {
			t.Errorf("key %q, %s", m.Key, m.Data)
		}
		if err := o.Perform(t.Context(), io); err != nil {
			t.Fatal(err)
		}
		done = append(done, relay.Outcome{Message: m})
	}
	if err := s.Settle(limit(t), done); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range socket.Received() {
		names = append(names, e.Name)
	}
	return names
}

// What is emitted in a transaction is there when, and only when, it commits.
func TestTransactions(t *testing.T) {
	p := newPlace(t)
	s := p.open(t)
	io := emitter.New(nil)
	in := func(end func(pgx.Tx) error, do func(pgx.Tx, emitter.Emitter)) {
		t.Helper()
		tx, err := p.pool.Begin(limit(t))
		if err != nil {
			t.Fatal(err)
		}
		do(tx, io.Via(pgxoutbox.New(tx, pgxoutbox.Table(p.name))).To("a"))
		if err := end(tx); err != nil {
			t.Fatal(err)
		}
	}
	commit := func(tx pgx.Tx) error { return tx.Commit(limit(t)) }
	rollback := func(tx pgx.Tx) error { return tx.Rollback(limit(t)) }
	emit := func(io emitter.Emitter, names ...string) {
		t.Helper()
		for _, n := range names {
			if err := io.Emit(limit(t), n, map[string]any{"b": []byte{1}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	in(rollback, func(_ pgx.Tx, io emitter.Emitter) { emit(io, "never") })
	in(commit, func(tx pgx.Tx, io emitter.Emitter) {
		emit(io, "1", "2")
		point, err := tx.Begin(limit(t))
		if err != nil {
			t.Fatal(err)
		}
		emit(io.Via(pgxoutbox.New(point, pgxoutbox.Table(p.name))), "never")
		if err := point.Rollback(limit(t)); err != nil {
			t.Fatal(err)
		}
		emit(io, "3")
	})
	if got := perform(t, s); !slices.Equal(got, []string{"1", "2", "3"}) {
		t.Errorf("%q were performed", got)
	}
	in(rollback, func(_ pgx.Tx, io emitter.Emitter) { emit(io, "never") })
	none(t, s, 200*time.Millisecond)
}

func TestSQLTransactions(t *testing.T) {
	p := newPlace(t)
	db := stdlib.OpenDBFromPool(p.pool)
	defer db.Close()
	s := p.open(t)
	for i, end := range []func(*sql.Tx) error{(*sql.Tx).Rollback, (*sql.Tx).Commit} {
		tx, err := db.BeginTx(limit(t), nil)
		if err != nil {
			t.Fatal(err)
		}
		b := emitter.NewBatch(sqloutbox.New(tx, sqloutbox.Table(p.name)))
		io := emitter.New(b).To("a")
		names := [][]string{{"never"}, {"1", `2"\`, "3"}}[i]
		for _, n := range names {
			if err := io.Emit(limit(t), n, `{"\,}`); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(b.Flush(limit(t)), end(tx)); err != nil {
			t.Fatal(err)
		}
	}
	if got := perform(t, s); !slices.Equal(got, []string{"1", `2"\`, "3"}) {
		t.Errorf("%q were performed", got)
	}
}

// The producer's role needs no more than the documentation says, and the relay's.
func TestRights(t *testing.T) {
	p := newPlace(t)
	p.exec(t, `create role producer login; grant usage on schema "Out ""box" to producer; grant insert on `+p.inSQL("")+` to producer;
create role relay login; grant usage on schema "Out ""box" to relay; grant select, delete on `+p.inSQL("")+` to relay; grant insert on `+p.inSQL("_dead")+` to relay`)
	producer, reader := mustPool(t, p.server.URL("producer", "")), mustPool(t, p.server.URL("relay", ""))
	b := emitter.NewBatch(pgxoutbox.New(producer, pgxoutbox.Table(p.name)))
	if err := errors.Join(emitter.New(b).Emit(limit(t), "1"), emitter.New(b).Emit(limit(t), "2"), b.Flush(limit(t))); err != nil {
		t.Fatal(err)
	}
	s := pgsource.New(reader, pgsource.Table(p.name))
	defer s.Close(context.Background())
	got := mustFetch(t, s)
	if err := s.Settle(limit(t), []relay.Outcome{{Message: got[0]}, {Message: got[1], Reason: "bad"}}); err != nil {
		t.Error(err)
	}
	if dead := p.dead(t); len(dead) != 1 {
		t.Errorf("dead letters: %v", dead)
	}
}

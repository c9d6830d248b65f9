package conformance

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/conformance/internal/cases"
	"github.com/sioxide/emitter/conformance/internal/wire"
	"github.com/sioxide/emitter/driver/pgxdriver"
)

// transactionCases: what is sent inside the caller's own transaction.
var transactionCases = []postgresCase{
	{name: "commit", run: func(s *postgresScene) {
		s.in(func(tx pgx.Tx, io emitter.Emitter) {
			s.Do(io.Emit(s.Ctx(), "small", 1))
			s.Do(io.Emit(s.Ctx(), "large", large))
			s.wantNothing("before the commit")
			s.Do(tx.Commit(s.Ctx()))
		})
		s.Expect(s.everybody(), "small", 1)
		s.Expect(s.everybody(), "large", large)
	}},
	{name: "commit, of database/sql", run: func(s *postgresScene) {
		s.inSQL(func(tx *sql.Tx, io emitter.Emitter) {
			s.Do(io.Emit(s.Ctx(), "small", 1))
			s.Do(io.Emit(s.Ctx(), "large", large))
			s.wantNothing("before the commit")
			s.Do(tx.Commit())
		})
		s.Expect(s.everybody(), "small", 1)
		s.Expect(s.everybody(), "large", large)
	}},
	{name: "rollback", run: func(s *postgresScene) {
		before := s.rows()
		s.in(func(tx pgx.Tx, io emitter.Emitter) {
			s.Do(io.Emit(s.Ctx(), "small", 1))
			s.Do(io.Emit(s.Ctx(), "large", large))
			s.Do(io.Join(s.Ctx(), s.Room("a")))
			s.Do(tx.Rollback(s.Ctx()))
		})
		s.inSQL(func(tx *sql.Tx, io emitter.Emitter) {
			s.Do(io.Emit(s.Ctx(), "large", large))
			s.Do(tx.Rollback())
		})
		if after := s.rows(); after > before {
			s.Errorf("%d attachments are left", after-before)
		}
		s.Do(s.IO.To(s.Room("a")).Emit(s.Ctx(), "nobody joined"))
	}},
	{name: "savepoint", run: func(s *postgresScene) {
		s.in(func(tx pgx.Tx, io emitter.Emitter) {
			s.Do(io.Emit(s.Ctx(), "before", large))
			inner, err := tx.Begin(s.Ctx()) // a savepoint
			s.Do(err)
			s.Do(s.through(inner).Emit(s.Ctx(), "small", 1))
			s.Do(s.through(inner).Emit(s.Ctx(), "large", large))
			s.Do(inner.Rollback(s.Ctx()))
			kept, err := tx.Begin(s.Ctx())
			s.Do(err)
			s.Do(s.through(kept).Emit(s.Ctx(), "kept", large))
			s.Do(kept.Commit(s.Ctx()))
			s.Do(io.Emit(s.Ctx(), "after", 1))
			s.Do(tx.Commit(s.Ctx()))
		})
		s.Expect(s.everybody(), "before", large)
		s.Expect(s.everybody(), "kept", large)
		s.Expect(s.everybody(), "after", 1)
	}},
	{name: "trigger", run: triggers},
	{name: "two identical emits in one transaction", run: func(s *postgresScene) {
		s.in(func(tx pgx.Tx, io emitter.Emitter) {
			for range 2 {
				s.Do(io.Emit(s.Ctx(), "same", 1))
			}
			for range 2 {
				s.Do(io.Emit(s.Ctx(), "same, large", large))
			}
			s.Do(tx.Commit(s.Ctx()))
		})
		s.Expect(s.everybody(), "same", 1)
		s.Expect(s.everybody(), "same", 1)
		s.Expect(s.everybody(), "same, large", large)
		s.Expect(s.everybody(), "same, large", large)
	}},
	{name: "attachment and inline mixed, in order", run: func(s *postgresScene) {
		batch := emitter.NewBatch(s.driver)
		for i, io := range []emitter.Emitter{s.IO, s.IO.Via(batch)} {
			s.mixed(i, io)
		}
		s.Do(batch.Flush(s.Ctx()))
		s.in(func(tx pgx.Tx, io emitter.Emitter) {
			s.mixed(2, io)
			s.Do(tx.Commit(s.Ctx()))
		})
	}},
	{name: "what needs an answer is refused", run: func(s *postgresScene) {
		s.in(func(tx pgx.Tx, io emitter.Emitter) {
			_, err := io.EmitWithAck(s.Ctx(), "question")
			s.want(err, emitter.ErrUnsupported)
			_, err = io.Sockets(s.Ctx())
			s.want(err, emitter.ErrUnsupported)
			s.want(io.Sync(s.Ctx()), emitter.ErrUnsupported)
			s.Do(tx.Commit(s.Ctx()))
		})
	}},
	{name: "a transaction that stays open for longer than the servers' clean-up", run: func(s *postgresScene) {
		s.in(func(tx pgx.Tx, io emitter.Emitter) {
			s.Do(io.Emit(s.Ctx(), "late", large))
			s.cleanedUp()
			s.Do(tx.Commit(s.Ctx()))
		})
		s.Expect(s.everybody(), "late", large)
	}},
	{name: "a server that reads an attachment after a clean-up", run: func(s *postgresScene) {
		w, ok := s.World.(cases.Breakable)
		if !ok {
			s.Fatal("this world can't be harmed")
		}
		s.in(func(tx pgx.Tx, io emitter.Emitter) {
			s.Do(io.Emit(s.Ctx(), "late", large))
			s.cleanedUp()
			resume, err := w.Pause(1)
			s.Do(err)
			s.Do(tx.Commit(s.Ctx()))
			s.cleanedUp() // by the other server
			s.Do(resume())
		})
		s.Expect(s.everybody(), "late", large)
	}},
}

// inSQL is in with database/sql.
func (s *postgresScene) inSQL(do func(tx *sql.Tx, io emitter.Emitter)) {
	s.Helper()
	db, err := sql.Open("pgx", ourURL(s.on, ""))
	s.Do(err)
	defer func() { s.Do(db.Close()) }()
	tx, err := db.BeginTx(s.Ctx(), nil)
	s.Do(err)
	do(tx, s.via(pgxdriver.NewSQL(tx, s.opts...)))
}

// mixed emits small and large events in turns.
func (s *postgresScene) mixed(round int, io emitter.Emitter) {
	s.Helper()
	for i := range 20 {
		text := "small"
		if i%2 == 0 {
			text = large
		}
		s.Do(io.Emit(s.Ctx(), "mixed", round, i, text))
		s.Expect(s.everybody(), "mixed", round, i, text)
	}
}

// cleanedUp returns once the servers have deleted a row of this moment, and so each that is older.
func (s *postgresScene) cleanedUp() {
	s.Helper()
	var row int64
	s.Do(s.on.Pool.QueryRow(s.Ctx(), fmt.Sprintf(
		"INSERT INTO %q (created_at, payload) VALUES (clock_timestamp(), '') RETURNING id", attachments)).Scan(&row))
	s.until("the servers delete old attachments", func() bool {
		return s.count(fmt.Sprintf("SELECT count(*) FROM %q WHERE id = $1", attachments), row) == 0
	})
}

// triggers: a trigger's own notification and what we emit in the same transaction keep their order, and are dropped
// together.
func triggers(s *postgresScene) {
	payload, err := wire.PostgresEvent(s.Traits().Parser.String(), cases.Root, "triggered", 1)
	s.Do(err)
	channel := wire.PostgresChannel(emitter.DefaultPrefix, cases.Root, "")
	s.exec("CREATE TABLE orders (id int)")
	s.exec(fmt.Sprintf(`CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $body$
		BEGIN PERFORM pg_notify('%s', $event$%s$event$); RETURN NULL; END $body$`, channel, payload))
	s.exec("CREATE TRIGGER tell AFTER INSERT ON orders EXECUTE FUNCTION tell()")
	defer func() {
		_, err := s.on.Pool.Exec(context.WithoutCancel(s.Ctx()), "DROP TABLE orders; DROP FUNCTION tell")
		s.Do(err)
	}()
	for _, commit := range []bool{false, true} {
		s.in(func(tx pgx.Tx, io emitter.Emitter) {
			s.Do(io.Emit(s.Ctx(), "before", large))
			_, err := tx.Exec(s.Ctx(), "INSERT INTO orders VALUES (1)")
			s.Do(err)
			s.Do(io.Emit(s.Ctx(), "after", 1))
			if !commit {
				s.Do(tx.Rollback(s.Ctx()))
				s.wantNothing("after the rollback")
				return
			}
			s.Do(tx.Commit(s.Ctx()))
		})
	}
	s.Expect(s.everybody(), "before", large)
	s.Expect(s.everybody(), "triggered", 1)
	s.Expect(s.everybody(), "after", 1)
}

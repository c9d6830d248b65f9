package conformance

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/pgxdriver"
)

// rightsCases: what the role and the table allow.
var rightsCases = []postgresCase{
	{name: "a role without any right", run: func(s *postgresScene) {
		io := s.as("plain")
		s.Do(io.Emit(s.Ctx(), "small", 1))
		err := io.Emit(s.Ctx(), "large", large)
		s.wantCode(err, "42501") // insufficient_privilege
		s.Expect(s.everybody(), "small", 1)
	}},
	{name: "a role with the least rights for attachments", run: func(s *postgresScene) {
		io := s.as("sender", fmt.Sprintf("INSERT, SELECT (id) ON %q", attachments), s.sequence())
		s.Do(io.Emit(s.Ctx(), "large", large))
		s.Expect(s.everybody(), "large", large)
	}},
	{name: "a role with the least rights to ask", run: func(s *postgresScene) {
		io := s.as("asker", fmt.Sprintf("INSERT, SELECT ON %q", attachments), s.sequence())
		all := s.everybody()
		for _, socket := range all {
			s.Do(socket.Reply(s.Ctx(), s.Room("question"), large)) // an answer that is an attachment
		}
		acks, err := io.EmitWithAck(s.Ctx(), s.Room("question"))
		s.Do(err)
		answers := 0
		for ack, err := range acks.All() {
			s.Do(err)
			if text, err := emitter.AckArg[string](ack); err != nil || text != large {
				s.Errorf("an answer of %d bytes: %v", len(text), err)
			}
			answers++
		}
		if answers != len(all) {
			s.Errorf("%d answers, want %d", answers, len(all))
		}
		s.Expect(all, s.Room("question"))
	}},
	{name: "the table is dropped", harms: true, run: func(s *postgresScene) {
		s.Do(s.IO.Emit(s.Ctx(), "large", large))
		s.Expect(s.everybody(), "large", large)
		s.Do(s.Settle(s.Ctx()))
		s.exec(fmt.Sprintf("DROP TABLE %q", attachments))
		s.Do(s.IO.Emit(s.Ctx(), "inline goes on", 1))
		s.Expect(s.everybody(), "inline goes on", 1)
		err := s.IO.Emit(s.Ctx(), "large", large)
		s.wantCode(err, "42P01") // undefined_table
		if !emitter.SafeToRetry(err) || !strings.Contains(err.Error(), attachments) {
			s.Errorf("the error does not name the table, or not that nothing was sent: %v", err)
		}
		s.exec(fmt.Sprintf("CREATE TABLE %[1]q (id BIGSERIAL UNIQUE, created_at TIMESTAMPTZ DEFAULT now(), payload BYTEA);"+
			"ALTER TABLE %[1]q OWNER TO %s", attachments, serverRole))
		s.Do(s.IO.Emit(s.Ctx(), "large", large))
		s.Expect(s.everybody(), "large", large)
	}},
}

// as makes an emitter for a role of that name, which gets these rights only.
func (s *postgresScene) as(role string, rights ...string) emitter.Emitter {
	s.Helper()
	s.exec("CREATE ROLE " + role + " LOGIN")
	for _, right := range rights {
		s.exec("GRANT " + right + " TO " + role)
	}
	pool := connectPool(s, ourURL(s.on, role))
	d := pgxdriver.New(pool, pgxdriver.Table(attachments))
	s.Cleanup(func() {
		s.Do(d.Close())
		pool.Close()
		_, err := s.on.Pool.Exec(context.Background(), fmt.Sprintf("DROP OWNED BY %s; DROP ROLE %s", role, role))
		s.Do(err)
	})
	return s.IO.Via(d)
}

// sequence is the right to draw the numbers of rows.
func (s *postgresScene) sequence() string {
	s.Helper()
	var name string
	s.Do(s.on.Pool.QueryRow(s.Ctx(), "SELECT pg_get_serial_sequence($1, 'id')", fmt.Sprintf("%q", attachments)).Scan(&name))
	return "USAGE ON SEQUENCE " + name
}

// wantCode wants an error of PostgreSQL with this code, and that nothing was sent.
func (s *postgresScene) wantCode(err error, code string) {
	s.Helper()
	var failed *pgconn.PgError
	if !errors.As(err, &failed) || failed.Code != code {
		s.Errorf("error %v, want one with code %s", err, code)
	}
	if !emitter.SafeToRetry(err) {
		s.Errorf("not known that nothing was sent: %v", err)
	}
}

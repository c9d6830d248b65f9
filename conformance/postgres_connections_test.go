package conformance

import (
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/conformance/internal/cases"
	"github.com/sioxide/emitter/conformance/internal/rustserver"
)

// connectionCases: connections that PostgreSQL ends, and what ours cost the servers.
var connectionCases = []postgresCase{
	{name: "our connections are ended between two questions", run: func(s *postgresScene) {
		s.wantBoth()
		if n := s.end("application_name = $1", ourName); n < 2 {
			s.Errorf("%d connections ended, want the pool's and the one that listens", n)
		}
		s.wantBoth()
		s.Do(s.IO.Emit(s.Ctx(), "after", 1))
		s.Expect(s.everybody(), "after", 1)
	}},
	{name: "our connections are ended while a question waits", run: func(s *postgresScene) {
		s.wantBoth()
		acks, err := s.IO.EmitWithAck(s.Ctx(), s.Room("question")) // which no client answers
		s.Do(err)
		s.Do(s.Settle(s.Ctx())) // it has arrived, and the servers' timeouts have not
		s.end("application_name = $1", ourName)
		missing := len(s.everybody())
		for ack, err := range acks.All() {
			if err != nil {
				s.want(err, emitter.ErrTimeout)
				missing = 0
				break
			}
			s.want(ack.Err, emitter.ErrAckTimeout)
			missing--
		}
		if missing > 0 {
			s.Errorf("%d answers are missing, and no error says so", missing)
		}
		s.wantBoth()
		s.Expect(s.everybody(), s.Room("question"))
	}},
	{name: "our connections are ended while events are sent", run: func(s *postgresScene) {
		var sure, doubtful []float64
		for i := range 60 {
			if i%20 == 10 {
				s.end("application_name = $1 AND query NOT LIKE 'listen%'", ourName)
			}
			switch err := s.IO.Emit(s.Ctx(), "count", i); {
			case err == nil:
				sure = append(sure, float64(i))
			case !emitter.SafeToRetry(err):
				doubtful = append(doubtful, float64(i))
			}
		}
		s.ExpectCheck(s.everybody(), func(got []cases.Event) error { return atMostOnce(got, sure, doubtful) })
	}},
	{name: "the servers' connections are ended", harms: true, run: func(s *postgresScene) {
		s.wantBoth()
		if n := s.end("usename = $1", serverRole); n < 2 {
			s.Errorf("%d connections of the servers ended", n)
		}
		if s.servers == rustserver.PgTokio {
			s.deaf()
			return
		}
		s.until("servers on sqlx listen again", func() bool {
			servers, err := s.IO.Timeout(time.Second).Servers(s.Ctx())
			return err == nil && len(servers) == 2
		})
		s.Do(s.IO.Sync(s.Ctx()))
		s.Do(s.IO.Emit(s.Ctx(), "after", 1))
		s.Do(s.IO.Emit(s.Ctx(), "after", large))
		s.Expect(s.everybody(), "after", 1)
		s.Expect(s.everybody(), "after", large)
	}},
	{name: "the servers' own calls: before, during and after", run: func(s *postgresScene) {
		ownCalls(s.Scene, s.driver.Close)
	}},
}

// wantBoth asks both servers.
func (s *postgresScene) wantBoth() {
	s.Helper()
	servers, err := s.IO.Servers(s.Ctx())
	s.Do(err)
	sockets, err := s.IO.Sockets(s.Ctx())
	s.Do(err)
	if len(servers) != 2 || len(sockets) != len(s.everybody()) {
		s.Errorf("%d servers and %d sockets answered, want 2 and %d", len(servers), len(sockets), len(s.everybody()))
	}
}

// end ends the connections for which condition holds, and returns how many there were.
func (s *postgresScene) end(condition string, args ...any) int {
	s.Helper()
	rows, err := s.on.Pool.Query(s.Ctx(),
		"SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND "+condition, args...)
	s.Do(err)
	ended, err := pgx.CollectRows(rows, pgx.RowTo[int32])
	s.Do(err)
	s.exec("SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS t (pid)", ended)
	s.until("the connections have ended", func() bool {
		return s.count("SELECT count(*) FROM pg_stat_activity WHERE pid = ANY ($1)", ended) == 0
	})
	return len(ended)
}

// deaf wants us to say that servers on tokio-postgres listen no more.
func (s *postgresScene) deaf() {
	s.Helper()
	both := s.Servers()
	io := s.IO.Timeout(1200 * time.Millisecond)
	acks, err := io.EmitWithAck(s.Ctx(), "question")
	s.Do(err)
	_, err = acks.First()
	s.want(err, emitter.ErrTimeout)
	silent := acks.Silent()
	slices.Sort(silent)
	if want := slices.Sorted(slices.Values(both[:])); !slices.Equal(silent, want) {
		s.Errorf("silent: %q, want %q", silent, want)
	}
	_, err = io.Servers(s.Ctx())
	s.want(err, emitter.ErrNoServers)
	s.want(s.Emitter(emitter.RequireServers()).Timeout(1200*time.Millisecond).Emit(s.Ctx(), "nobody"), emitter.ErrNoServers)
	s.Do(s.IO.Emit(s.Ctx(), "nobody")) // which promises nothing
	s.Revive()
	s.wantBoth()
	s.Do(s.IO.Emit(s.Ctx(), "after", large))
	s.Expect(s.everybody(), "after", large)
}

// atMostOnce wants every number that was surely sent, each in doubt at most once, in order, and nothing else.
func atMostOnce(got []cases.Event, sure, doubtful []float64) error {
	var numbers []float64
	for _, e := range got {
		n, ok := e.Args[0].(float64)
		if !ok || len(numbers) > 0 && n <= numbers[len(numbers)-1] {
			return errors.New("not in order, or twice")
		}
		numbers = append(numbers, n)
	}
	for _, n := range sure {
		if !slices.Contains(numbers, n) {
			return errors.New("one that was surely sent is missing")
		}
	}
	for _, n := range numbers {
		if !slices.Contains(sure, n) && !slices.Contains(doubtful, n) {
			return errors.New("one that was certainly not sent has arrived")
		}
	}
	return nil
}

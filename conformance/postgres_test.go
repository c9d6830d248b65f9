package conformance

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/conformance/internal/cases"
	"github.com/sioxide/emitter/conformance/internal/cluster"
	"github.com/sioxide/emitter/conformance/internal/rustserver"
	"github.com/sioxide/emitter/driver/drivertest/pgtest"
	"github.com/sioxide/emitter/driver/pgxdriver"
)

// postgresClusters hold every pair of set, servers' driver and parser.
var postgresClusters = []struct {
	set     rustserver.Set
	servers rustserver.Driver
	parser  emitter.Parser
}{
	{rustserver.Current, rustserver.PgSqlx, emitter.Common},
	{rustserver.Current, rustserver.PgTokio, emitter.Msgpack},
	{rustserver.Set018, rustserver.PgSqlx, emitter.Msgpack},
	{rustserver.Set018, rustserver.PgTokio, emitter.Common},
}

const (
	serverRole  = "servers"
	attachments = "Attachments of events" // as the servers quote it
	ourName     = "conformance"           // application_name of what the cases connect
)

// The servers may make their table, and nothing else.
const prepareServers = `CREATE ROLE ` + serverRole + ` LOGIN; GRANT CREATE ON SCHEMA public TO ` + serverRole

// cleanup is how often the servers delete attachments, and from which age on.
const cleanup = time.Second

// postgresCase is one that only PostgreSQL has.
type postgresCase struct {
	name  string
	harms bool // the servers must be replaced afterwards
	run   func(*postgresScene)
}

// postgresScene is a Scene with what belongs to PostgreSQL.
type postgresScene struct {
	*cases.Scene
	postgresSetup
}

// postgresSetup is what a case uses beside the Scene.
type postgresSetup struct {
	on      *cluster.Postgres
	servers rustserver.Driver
	pool    *pgxpool.Pool // ours, connected by ourName
	driver  *pgxdriver.Driver
	opts    []pgxdriver.Option
	turn    func(emitter.Driver) emitter.Driver // makes the driver of a transaction another one; nil: as it is
}

// TestPostgres runs what only PostgreSQL has on real servers and clients.
func TestPostgres(t *testing.T) {
	requireTools(t)
	pgtest.Need(t)
	for _, one := range postgresClusters {
		config := cluster.Config{
			Kind: cluster.OnPostgres, Set: one.set, Driver: one.servers, Parser: one.parser, Clients: clientsScript,
			AckTimeout: ackTimeout, Role: serverRole, Prepare: prepareServers, Table: attachments, Cleanup: cleanup,
		}
		t.Run(strings.Join([]string{string(one.servers), one.parser.String(), one.set.Name}, "/"), func(t *testing.T) {
			t.Parallel()
			c := start(t, config)
			for i, one := range postgresCases() {
				t.Run(one.name, func(t *testing.T) { playPostgres(t, c, config.Driver, one, fmt.Sprint("postgres-", i)) })
			}
		})
	}
}

func postgresCases() []postgresCase {
	var all []postgresCase
	for _, some := range [][]postgresCase{transactionCases, rightsCases, connectionCases} {
		all = append(all, some...)
	}
	return all
}

// playPostgres plays a case with a driver of its own.
func playPostgres(t *testing.T, c *cluster.Cluster, servers rustserver.Driver, one postgresCase, run string) {
	setup := newPostgresSetup(t, c, servers)
	defer judging(t, c, one.harms)()
	one.with(setup).Play(t, c.World(setup.driver, cases.Answers), run)
}

func newPostgresSetup(t *testing.T, c *cluster.Cluster, servers rustserver.Driver, more ...pgxdriver.Option) postgresSetup {
	on := postgresOf(t, c)
	s := postgresSetup{
		on: on, servers: servers, pool: connectPool(t, ourURL(on, "")),
		opts: append([]pgxdriver.Option{pgxdriver.Table(attachments)}, more...),
	}
	s.driver = pgxdriver.New(s.pool, s.opts...)
	t.Cleanup(func() {
		if err := s.driver.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (one postgresCase) with(setup postgresSetup) cases.Case {
	return cases.Case{Name: one.name, Run: func(s *cases.Scene) { one.run(&postgresScene{s, setup}) }}
}

// ourURL connects so that our connections can be told from the others; "" is the superuser.
func ourURL(on *cluster.Postgres, role string) string {
	return on.URL(role, "") + "&application_name=" + ourName
}

func connectPool(t testing.TB, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatalf("connect to %s: %v", url, err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// everybody is all sockets of the root namespace.
func (s *postgresScene) everybody() []cases.Socket { return s.At(cases.Root) }

// in runs do in a transaction, which do ends.
func (s *postgresScene) in(do func(tx pgx.Tx, io emitter.Emitter)) {
	s.Helper()
	tx, err := s.pool.Begin(s.Ctx())
	s.Do(err)
	do(tx, s.through(tx))
}

// through is the emitter on another database handle.
func (s *postgresScene) through(db pgxdriver.DB) emitter.Emitter {
	return s.via(pgxdriver.New(db, s.opts...))
}

func (s *postgresScene) via(d emitter.Driver) emitter.Emitter {
	if s.turn != nil {
		d = s.turn(d)
	}
	return s.IO.Via(d)
}

// wantNothing wants that no socket has received anything of what was sent until now.
func (s *postgresScene) wantNothing(when string) {
	s.Helper()
	s.Do(s.Settle(s.Ctx()))
	for _, socket := range s.everybody() {
		if got := socket.Take(); len(got) > 0 {
			s.Errorf("%s socket %s had received %d events, the first of them %s", when, socket.Name(), len(got), got[0].Name)
		}
	}
}

func (s *postgresScene) want(err, target error) {
	s.Helper()
	if !errors.Is(err, target) {
		s.Errorf("error %v, want %v", err, target)
	}
}

// exec runs statements as the superuser.
func (s *postgresScene) exec(sql string, args ...any) {
	s.Helper()
	_, err := s.on.Pool.Exec(s.Ctx(), sql, args...)
	s.Do(err)
}

// count returns what a query for one number gives.
func (s *postgresScene) count(sql string, args ...any) (n int) {
	s.Helper()
	s.Do(s.on.Pool.QueryRow(s.Ctx(), sql, args...).Scan(&n))
	return n
}

// rows counts the attachments.
func (s *postgresScene) rows() int {
	s.Helper()
	return s.count(fmt.Sprintf("SELECT count(*) FROM %q", attachments))
}

// large is an argument that fits no notification.
var large = strings.Repeat("0123456789", 2_000)

// until waits for a fact that nothing tells of.
func (s *postgresScene) until(what string, done func() bool) {
	s.Helper()
	const every = 5 * time.Millisecond
	for !done() {
		select {
		case <-time.After(every):
		case <-s.Ctx().Done():
			s.Fatalf("%s: %v", what, s.Ctx().Err())
		}
	}
}

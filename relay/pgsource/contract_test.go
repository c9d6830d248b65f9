package pgsource_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sioxide/emitter/driver/drivertest/netproxy"
	"github.com/sioxide/emitter/driver/drivertest/pgtest"
	"github.com/sioxide/emitter/relay"
	"github.com/sioxide/emitter/relay/pgsource"
	"github.com/sioxide/emitter/relay/sourcetest"
)

// shared is the PostgreSQL of all tests.
var shared struct {
	once   sync.Once
	server *pgtest.Server
	err    error
	tables atomic.Int64
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.server != nil {
		if err := shared.server.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

func sharedServer(t testing.TB) *pgtest.Server {
	t.Helper()
	pgtest.Need(t)
	shared.once.Do(func() {
		if shared.server, shared.err = pgtest.Launch(); shared.err == nil {
			_, shared.err = shared.server.SQL(`create schema "Out ""box"`)
		}
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.server
}

func mustPool(t testing.TB, url string) *pgxpool.Pool {
	t.Helper()
	p, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// place is a table of its own, in a schema whose name needs quotes.
type place struct {
	server *pgtest.Server
	pool   *pgxpool.Pool
	name   string // as the options take it
}

// inSQL is a name of the place, as it stands in SQL.
func (p *place) inSQL(suffix string) string {
	schema, table, _ := strings.Cut(p.name, ".")
	return pgx.Identifier{schema, table + suffix}.Sanitize()
}

func newPlace(t testing.TB) *place {
	t.Helper()
	p := &place{server: sharedServer(t)}
	p.pool = mustPool(t, p.server.URL("", ""))
	p.name = fmt.Sprintf(`Out "box.t$$'%d`, shared.tables.Add(1))
	if err := pgsource.CreateTable(t.Context(), p.pool, p.name); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *place) exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	if _, err := p.pool.Exec(context.Background(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func (p *place) source(pool *pgxpool.Pool) *pgsource.Source {
	return pgsource.New(pool, pgsource.Table(p.name), pgsource.Lease(2*time.Second))
}

// put inserts a row in a transaction of its own.
func (p *place) put(t testing.TB, key string, data ...string) {
	t.Helper()
	for _, d := range data {
		for {
			_, err := p.pool.Exec(context.Background(), `insert into `+p.inSQL("")+` (key, data) values ($1, $2)`, key, d)
			if err == nil {
				break
			}
			if t.Logf("insert: %v", err); p.pool.Ping(context.Background()) == nil {
				continue // an idle connection that a restart has cut
			}
			t.Fatal(err)
		}
	}
}

func (p *place) dead(t testing.TB) []sourcetest.Dead {
	t.Helper()
	rows, err := p.pool.Query(context.Background(), `select key, data, reason from `+p.inSQL("_dead")+` order by died_at, id`)
	if err != nil {
		t.Fatal(err)
	}
	dead, err := pgx.CollectRows(rows, pgx.RowToStructByPos[sourcetest.Dead])
	if err != nil {
		t.Fatal(err)
	}
	return dead
}

func isQuery([]byte) bool { return true }

func TestContract(t *testing.T) {
	sharedServer(t) // before goroutines are counted
	sourcetest.Run(t, func(t testing.TB) sourcetest.Harness {
		p := newPlace(t)
		proxy := netproxy.New(t, p.server.Addr, isQuery)
		proxied := mustPool(t, pgtest.URL(proxy.Addr, "", ""))
		return sourcetest.Harness{
			New:     func(testing.TB) relay.Source { return p.source(p.pool) },
			Proxied: func(testing.TB) (relay.Source, *netproxy.Proxy) { return p.source(proxied), proxy },
			Put:     p.put,
			Dead:    p.dead,
			Restart: func(t testing.TB) {
				if err := p.server.Restart(); err != nil {
					t.Fatal(err)
				}
			},
			Takeover: 5 * time.Second,
		}
	})
}

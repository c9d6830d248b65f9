package soak

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sioxide/emitter/driver/drivertest/netproxy"
	"github.com/sioxide/emitter/driver/drivertest/pgtest"
	"github.com/sioxide/emitter/outbox"
	"github.com/sioxide/emitter/relay/pgsource"
)

type postgres struct {
	server *pgtest.Server
	proxy  *netproxy.Proxy
	pool   *pgxpool.Pool // straight to the server
}

func startPostgres(t testing.TB) source {
	t.Helper()
	p := &postgres{server: pgtest.Start(t)}
	p.proxy = netproxy.New(t, p.server.Addr, nil)
	pool, err := pgxpool.New(t.Context(), p.server.URL("", ""))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	p.pool = pool
	if err := pgsource.CreateTable(t.Context(), pool, outbox.DefaultTable); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *postgres) url() string           { return pgtest.URL(p.proxy.Addr, "", "") }
func (p *postgres) link() *netproxy.Proxy { return p.proxy }

func (p *postgres) put(ctx context.Context, entries []entry) error {
	rows := make([][]any, len(entries))
	for i, e := range entries {
		rows[i] = []any{e.key, e.data}
	}
	_, err := p.pool.CopyFrom(ctx, pgx.Identifier{outbox.DefaultTable}, []string{"key", "data"}, pgx.CopyFromRows(rows))
	return err
}

func (p *postgres) kill(t testing.TB) {
	t.Helper()
	if err := p.server.Kill(); err != nil {
		t.Fatal(err)
	}
}

func (p *postgres) restart(t testing.TB) {
	t.Helper()
	if err := p.server.Restart(); err != nil {
		t.Fatal(err)
	}
}

func (p *postgres) waiting(ctx context.Context) (left int64, err error) {
	err = p.pool.QueryRow(ctx, "select count(*) from "+outbox.DefaultTable).Scan(&left)
	return left, err
}

func (p *postgres) letters(ctx context.Context) ([]letter, error) {
	rows, err := p.pool.Query(ctx, "select data, reason from "+outbox.DefaultTable+"_dead order by id")
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (l letter, err error) {
		err = row.Scan(&l.data, &l.reason)
		return l, err
	})
}

package pgxdriver_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sioxide/emitter/driver/drivertest"
	"github.com/sioxide/emitter/driver/pgxdriver"
)

var answers atomic.Int64

func TestContract(t *testing.T) {
	for name, set := range map[string]func(*pgxpool.Config){
		"defaults":        nil,
		"simple protocol": func(c *pgxpool.Config) { c.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol },
		"exec and 2 connections": func(c *pgxpool.Config) {
			c.ConnConfig.DefaultQueryExecMode, c.MaxConns = pgx.QueryExecModeExec, 2
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, proxy := harness(t, func(t testing.TB, url string) *pgxdriver.Driver {
				return pgxdriver.New(mustPool(t, url, set))
			})
			h.Stall = proxy.Stall
			h.Cut = func(testing.TB) { proxy.CutNext() }
			h.Drop = func(testing.TB) { proxy.CloseAll() }
			drivertest.Run(t, h)
		})
	}
}

func TestContractOfDatabaseSQL(t *testing.T) {
	h, proxy := harness(t, func(t testing.TB, url string) *pgxdriver.Driver {
		return pgxdriver.NewSQL(mustSQL(t, url), listenOn(url))
	})
	h.Stall = proxy.Stall
	h.Cut = func(testing.TB) { proxy.CutNext() }
	h.Drop = func(testing.TB) { proxy.CloseAll() }
	drivertest.Run(t, h)
}

// A connection that a call broke off is lost, and nothing brings it back.
func TestContractOfOneConnection(t *testing.T) {
	h, _ := harness(t, func(t testing.TB, url string) *pgxdriver.Driver {
		return pgxdriver.New(mustConnect(t, url))
	})
	drivertest.Run(t, h)
}

func listenOn(url string) pgxdriver.Option {
	return pgxdriver.WithListenConn(func(ctx context.Context) (*pgx.Conn, error) { return pgx.Connect(ctx, url) })
}

package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/conformance/internal/cases"
	"github.com/sioxide/emitter/conformance/internal/wire"
	"github.com/sioxide/emitter/driver/drivertest/pgtest"
)

// Postgres is a real PostgreSQL as the backend.
type Postgres struct {
	*pgtest.Server
	// Pool is the run's own, for what it notifies and looks up itself.
	Pool   *pgxpool.Pool
	role   string
	parser string
}

// Each listener of a server on sqlx has a connection of its own, for each namespace that a case makes up.
const postgresConnections = "max_connections = 600"

func startPostgres(ctx context.Context, c Config) (Backend, error) {
	server, err := pgtest.Launch(postgresConnections)
	if err != nil {
		return nil, err
	}
	if c.Prepare != "" {
		if _, err := server.SQL(c.Prepare); err != nil {
			return nil, errors.Join(err, server.Stop())
		}
	}
	pool, err := pgxpool.New(ctx, server.URL("", ""))
	if err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	return &Postgres{server, pool, c.Role, c.Parser.String()}, nil
}

// URLs gives the servers one, for their role.
func (p *Postgres) URLs() []string { return []string{p.URL(p.role, "")} }

// Prefixes are parts of a channel's name.
func (p *Postgres) Prefixes() []string { return []string{emitter.DefaultPrefix, cases.OtherPrefix} }

// Mark notifies all of the channels in one transaction.
func (p *Postgres) Mark(ctx context.Context, sp space, uids []string, n int) error {
	channels := []string{wire.PostgresChannel(sp.prefix, sp.namespace, "")}
	for _, uid := range uids {
		channels = append(channels, wire.PostgresChannel(sp.prefix, sp.namespace, uid))
	}
	payloads := make([]string, len(channels))
	for i := range payloads {
		var err error
		if payloads[i], err = wire.PostgresEvent(p.parser, sp.namespace, marker, n); err != nil {
			return err
		}
	}
	_, err := p.Pool.Exec(ctx, "SELECT pg_notify(c, m) FROM unnest($1::text[], $2::text[]) AS t (c, m)", channels, payloads)
	return err
}

// Restart kills PostgreSQL as a crash does; the table of attachments stays.
func (p *Postgres) Restart(context.Context) error {
	err := p.Server.Restart()
	p.Pool.Reset()
	return err
}

// Monitor listens to the channels of all servers. PostgreSQL has no patterns, and counts nobody.
func (p *Postgres) Monitor(ctx context.Context) (stop func() error, err error) {
	conn, err := pgx.Connect(ctx, p.URL("", ""))
	if err != nil {
		return nil, err
	}
	var listen strings.Builder
	for _, prefix := range p.Prefixes() {
		for _, namespace := range []string{cases.Root, cases.Admin, cases.Dynamic} {
			fmt.Fprintf(&listen, "LISTEN %s;", wire.PostgresChannel(prefix, namespace, ""))
		}
	}
	stop = func() error { return conn.Close(context.WithoutCancel(ctx)) }
	if _, err := conn.Exec(ctx, listen.String()); err != nil {
		return nil, errors.Join(err, stop())
	}
	return stop, nil
}

// Stop ends PostgreSQL and removes what it kept.
func (p *Postgres) Stop() error {
	p.Pool.Close()
	return p.Server.Stop()
}

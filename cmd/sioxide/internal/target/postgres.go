package target

import (
	"context"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sioxide/emitter/driver/pgxdriver"
)

// openPostgres makes a pool, which connects when it is first used.
func (t *Target) openPostgres(ctx context.Context, c config) (*Cluster, error) {
	password, err := t.readPassword()
	if err != nil {
		return nil, err
	}
	config, err := pgxpool.ParseConfig(t.postgresURL(password))
	if err != nil {
		return nil, err
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "sioxide"
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	driver := pgxdriver.New(pool, pgxdriver.Table(t.Table), pgxdriver.WithLogger(c.logger))
	return &Cluster{target: t, driver: driver, postgres: pool, close: []func() error{driver.Close, func() error {
		pool.Close()
		return nil
	}}}, nil
}

// postgresURL is what pgx reads. Several hosts are options, as package url does not
// know lists of them.
func (t *Target) postgresURL(password string) string {
	u := &url.URL{Scheme: "postgres", Path: "/" + t.Database}
	query := make(url.Values, len(t.params))
	for name, values := range t.params {
		query[strings.ToLower(name)] = slices.Clone(values)
	}
	if len(t.Hosts) > 0 {
		var hosts, ports []string
		for _, at := range t.Hosts {
			host, port, _ := net.SplitHostPort(at)
			hosts, ports = append(hosts, host), append(ports, port)
		}
		query.Set("host", strings.Join(hosts, ","))
		query.Set("port", strings.Join(ports, ","))
	}
	switch {
	case password != "":
		u.User = url.UserPassword(t.user, password)
	case t.user != "":
		u.User = url.User(t.user)
	}
	u.RawQuery = query.Encode()
	return u.String()
}

package pgxdriver

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
)

// Option changes what New and NewSQL make.
type Option interface{ apply(*config) }

type config struct {
	table   string
	grace   time.Duration
	connect func(context.Context) (*pgx.Conn, error) // nil: as New finds it
	logger  *slog.Logger                             // nil: silent
}

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

// Defaults of Table and AttachmentGrace; the first is the servers' own.
const (
	DefaultTable           = "socket_io_attachments"
	DefaultAttachmentGrace = 10 * time.Minute
)

// configOf checks what it can.
func configOf(opts []Option) (config, error) {
	c := config{table: DefaultTable, grace: DefaultAttachmentGrace}
	for _, o := range opts {
		if o != nil {
			o.apply(&c)
		}
	}
	if err := checkTable(c.table); err != nil {
		return c, err
	}
	const most = 100 * 365 * 24 * time.Hour
	if c.grace < 0 || c.grace > most {
		return c, fmt.Errorf("AttachmentGrace(%v): it must be from 0 to 100 years", c.grace)
	}
	return c, nil
}

// Table names the table of attachments, overriding the default of
// "socket_io_attachments". Servers take it as one identifier, in which a dot is a
// letter: the schema is the one that search_path finds.
func Table(name string) Option { return optionFunc(func(c *config) { c.table = name }) }

// checkTable refuses the names that mean something else to the servers, which put
// them in double quotes as they are (socketioxide-postgres 0.2.0,
// src/drivers/sqlx.rs).
func checkTable(name string) error {
	const most = 63 // NAMEDATALEN-1 of PostgreSQL, which cuts off the rest
	var why string
	switch {
	case name == "":
		why = "it is empty"
	case len(name) > most:
		why = fmt.Sprintf("it has %d bytes, PostgreSQL takes %d", len(name), most)
	case strings.ContainsAny(name, "\"\x00"):
		why = "a double quote or a zero byte can't be in it"
	case !utf8.ValidString(name):
		why = "it is not UTF-8"
	default:
		return nil
	}
	if len(name) > most {
		name = name[:most] + "…"
	}
	return fmt.Errorf("Table(%q): %s", name, why)
}

// AttachmentGrace sets how far in the future a row written inside the caller's
// transaction is dated, overriding the default of 10 minutes: servers delete rows
// that are older than their clean-up interval, a minute by default, and would delete
// the row of a transaction that stays open for longer as soon as it commits. Let it
// be longer than your longest transaction.
func AttachmentGrace(d time.Duration) Option { return optionFunc(func(c *config) { c.grace = d }) }

// WithListenConn has connect open the connection on which questions listen,
// overriding the default of one with the configuration of the pool or connection
// that New was given. NewSQL asks only with it. It is called again when the
// connection is lost; the driver closes what it returns. It must lead to the primary
// server and not through a pooler of transactions, as pgbouncer is.
func WithListenConn(connect func(context.Context) (*pgx.Conn, error)) Option {
	return optionFunc(func(c *config) { c.connect = connect })
}

// WithLogger has l told of the connection for answers when it was lost (Warn) and
// restored (Info), of answers that could not be read (Warn), and of messages dropped
// (Debug), overriding the default of silence.
func WithLogger(l *slog.Logger) Option { return optionFunc(func(c *config) { c.logger = l }) }

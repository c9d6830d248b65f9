package pgsource

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/sioxide/emitter/outbox"
)

// Option changes what New makes.
type Option interface{ apply(*config) }

type config struct {
	name  string
	table string // as it stands in SQL
	statements
	poll, lease time.Duration
	logger      *slog.Logger
}

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

// Table names the table, NAME or SCHEMA.NAME, overriding the default of
// outbox.DefaultTable as search_path finds it.
func Table(name string) Option { return optionFunc(func(c *config) { c.name = name }) }

// Poll sets how long a source that is idle waits for a notification before it looks
// into the table, overriding the default of 3 s.
func Poll(d time.Duration) Option { return optionFunc(func(c *config) { c.poll = d }) }

// Lease sets after how long PostgreSQL ends the session of a relay that stands still,
// so that others take over, overriding the default of 10 s. It is at least 1 s.
func Lease(d time.Duration) Option { return optionFunc(func(c *config) { c.lease = d }) }

// WithLogger has l told when the session was lost (Warn) and which buckets it holds
// (Debug), overriding the default of silence.
func WithLogger(l *slog.Logger) Option { return optionFunc(func(c *config) { c.logger = l }) }

func configOf(opts []Option) (config, error) {
	c := config{name: outbox.DefaultTable, poll: 3 * time.Second, lease: 10 * time.Second}
	for _, o := range opts {
		if o != nil {
			o.apply(&c)
		}
	}
	if c.logger == nil {
		c.logger = slog.New(slog.DiscardHandler)
	}
	if c.poll <= 0 {
		return c, fmt.Errorf("Poll of %v: it must be more than 0", c.poll)
	}
	if c.lease < time.Second {
		return c, fmt.Errorf("Lease of %v: it must be at least 1s", c.lease)
	}
	var err error
	if c.table, err = outbox.QuoteTable(c.name, ""); err != nil {
		return c, err
	}
	c.statements, err = statementsFor(c.name)
	return c, err
}

package sqloutbox

import (
	"github.com/sioxide/emitter/outbox"
	"github.com/sioxide/emitter/protocol"
)

// Option changes what New makes.
type Option interface{ apply(*config) }

type config struct {
	table string
	entry []outbox.EncodeOption
}

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

// Table names the table, NAME or SCHEMA.NAME, overriding the default of
// outbox.DefaultTable as search_path finds it. The name is taken as it is, without
// quotes.
func Table(name string) Option { return optionFunc(func(c *config) { c.table = name }) }

// Key sets what operations keep their order by, overriding the default of
// outbox.DefaultKey: prefix and namespace.
func Key(key func(*protocol.Request) string) Option {
	return optionFunc(func(c *config) { c.entry = append(c.entry, outbox.WithKey(key)) })
}

// Raw writes operations in the raw form, overriding the default of the form that any
// parser performs; see outbox.AsRaw.
func Raw() Option {
	return optionFunc(func(c *config) { c.entry = append(c.entry, outbox.AsRaw()) })
}

func configOf(opts []Option) config {
	c := config{table: outbox.DefaultTable}
	for _, o := range opts {
		if o != nil {
			o.apply(&c)
		}
	}
	return c
}

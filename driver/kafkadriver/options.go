package kafkadriver

import "log/slog"

// Option changes what New makes.
type Option interface{ apply(*config) }

type config struct {
	logger *slog.Logger // nil: silent
}

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

func configOf(opts []Option) config {
	var c config
	for _, o := range opts {
		if o != nil {
			o.apply(&c)
		}
	}
	return c
}

// WithLogger has l told when answers can't be read (Warn), when they can again (Info),
// and of answers and presences dropped (Debug), overriding the default of silence.
func WithLogger(l *slog.Logger) Option { return optionFunc(func(c *config) { c.logger = l }) }

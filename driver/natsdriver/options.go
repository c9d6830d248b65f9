package natsdriver

import "log/slog"

// Option changes what New makes.
type Option interface{ apply(*config) }

type config struct {
	logger *slog.Logger // never nil
}

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

func configOf(opts []Option) config {
	c := config{logger: slog.New(slog.DiscardHandler)}
	for _, o := range opts {
		if o != nil {
			o.apply(&c)
		}
	}
	return c
}

// WithLogger has l told of connections that were lost while answers were listened for
// and of answers that the client library dropped (Warn), of connections that came back
// (Info), and of messages that nobody waits for (Debug), overriding the default of
// silence.
func WithLogger(l *slog.Logger) Option {
	return optionFunc(func(c *config) {
		if l != nil {
			c.logger = l
		}
	})
}

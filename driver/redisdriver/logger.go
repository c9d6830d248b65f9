package redisdriver

import "log/slog"

// WithLogger has l told of subscriptions that were lost (Warn) and restored (Info),
// and of messages dropped (Debug), overriding the default of silence.
func WithLogger(l *slog.Logger) Option { return optionFunc(func(c *config) { c.logger = l }) }

func loggerOf(opts []Option) *slog.Logger {
	var c config
	for _, o := range opts {
		if o != nil {
			o.apply(&c)
		}
	}
	return c.logger
}

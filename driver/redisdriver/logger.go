package redisdriver

import "log/slog"

// WithLogger has l told of subscriptions that were lost (Warn) and restored (Info),
// and of messages dropped (Debug), overriding the default of silence.
func WithLogger(l *slog.Logger) Option { return optionFunc(func(c *config) { c.logger = l }) }

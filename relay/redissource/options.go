package redissource

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/sioxide/emitter/outbox"
)

// Option changes what New makes.
type Option interface{ apply(*config) }

type config struct {
	stream     string
	partitions int
	group      string
	lease      time.Duration
	logger     *slog.Logger
}

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

// Stream names the stream, or the beginning of the streams' names, overriding the
// default of outbox.DefaultStream.
func Stream(name string) Option { return optionFunc(func(c *config) { c.stream = name }) }

// Partitions sets over how many streams keys are spread, overriding the default of one
// stream with the very name. It must be what the producers have (redisoutbox.Partitions),
// and at most outbox.MaxPartitions.
func Partitions(n int) Option { return optionFunc(func(c *config) { c.partitions = n }) }

// Group names the consumer group, overriding the default of "sioxide".
func Group(name string) Option { return optionFunc(func(c *config) { c.group = name }) }

// Lease sets how long the streams of a relay that is gone stay with it, overriding the
// default of 5 s. It is at least 100 ms.
func Lease(d time.Duration) Option { return optionFunc(func(c *config) { c.lease = d }) }

// WithLogger has l told when a stream was lost (Warn) or claimed (Debug), overriding
// the default of silence.
func WithLogger(l *slog.Logger) Option { return optionFunc(func(c *config) { c.logger = l }) }

func configOf(opts []Option) (config, error) {
	c := config{stream: outbox.DefaultStream, group: "sioxide", lease: 5 * time.Second, partitions: 1}
	for _, o := range opts {
		if o != nil {
			o.apply(&c)
		}
	}
	if c.logger == nil {
		c.logger = slog.New(slog.DiscardHandler)
	}
	switch {
	case c.stream == "":
		return c, errors.New("the name of the stream is empty")
	case c.group == "":
		return c, errors.New("the name of the group is empty")
	case c.partitions < 1 || c.partitions > outbox.MaxPartitions:
		return c, fmt.Errorf("Partitions of %d: it must be 1 to %d", c.partitions, outbox.MaxPartitions)
	case c.lease < 100*time.Millisecond:
		return c, fmt.Errorf("Lease of %v: it must be at least 100ms", c.lease)
	}
	return c, nil
}

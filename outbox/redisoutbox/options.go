package redisoutbox

import (
	"errors"
	"fmt"

	"github.com/sioxide/emitter/outbox"
	"github.com/sioxide/emitter/protocol"
)

// Option changes what New makes.
type Option interface{ apply(*config) }

type config struct {
	stream     string
	partitions int
	entry      []outbox.EncodeOption
}

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

// Stream names the stream, or the beginning of the streams' names, overriding the
// default of outbox.DefaultStream.
func Stream(name string) Option { return optionFunc(func(c *config) { c.stream = name }) }

// Partitions sets over how many streams keys are spread, overriding the default of one
// stream with the very name. It must be what the relay has (redissource.Partitions), and
// at most outbox.MaxPartitions. Do not change it while operations wait: a key's order
// would be lost.
func Partitions(n int) Option { return optionFunc(func(c *config) { c.partitions = n }) }

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

func configOf(opts []Option) (config, error) {
	c := config{stream: outbox.DefaultStream, partitions: 1}
	for _, o := range opts {
		if o != nil {
			o.apply(&c)
		}
	}
	if c.stream == "" {
		return c, errors.New("the name of the stream is empty")
	}
	if c.partitions < 1 || c.partitions > outbox.MaxPartitions {
		return c, fmt.Errorf("Partitions of %d: it must be 1 to %d", c.partitions, outbox.MaxPartitions)
	}
	return c, nil
}

package tap

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
)

// Classic watches classic pub/sub by PSUBSCRIBE, which servers do not count, until
// ctx ends.
func Classic(ctx context.Context, client redis.UniversalClient, prefix string, namespaces []string, sink Sink) error {
	c := classic{prefix: prefix, patterns: patterns(prefix, namespaces), sink: sink}
	return sink.again(ctx, isReply, func() (bool, error) {
		err := c.once(ctx, client)
		return c.subscribed, err
	})
}

func isReply(err error) bool {
	var reply redis.Error
	return errors.As(err, &reply)
}

// patterns are those that the channels of the namespaces fit, or of all.
func patterns(prefix string, namespaces []string) []string {
	head := strings.TrimSuffix(emitter.RequestChannel(prefix, "", ""), "#")
	if len(namespaces) == 0 {
		return []string{escapeGlob(head) + "*"}
	}
	out := make([]string, len(namespaces))
	for i, ns := range namespaces {
		out[i] = escapeGlob(emitter.RequestChannel(prefix, ns, "")) + "*"
	}
	return out
}

// channels tells which channels are those of the namespaces' requests, or of all.
func channels(prefix string, namespaces []string) func(string) bool {
	heads := []string{strings.TrimSuffix(emitter.RequestChannel(prefix, "", ""), "#")}
	if len(namespaces) > 0 {
		heads = heads[:0]
		for _, ns := range namespaces {
			heads = append(heads, emitter.RequestChannel(prefix, ns, ""))
		}
	}
	return func(channel string) bool {
		return slices.ContainsFunc(heads, func(head string) bool { return strings.HasPrefix(channel, head) })
	}
}

var globEscapes = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`, `^`, `\^`)

// escapeGlob makes s a pattern that only s fits (Redis, src/util.c: stringmatchlen).
func escapeGlob(s string) string { return globEscapes.Replace(s) }

type classic struct {
	prefix     string
	patterns   []string
	sink       Sink
	subscribed bool // once
}

// once watches over one connection.
func (c *classic) once(ctx context.Context, client redis.UniversalClient) error {
	sub := client.PSubscribe(ctx, c.patterns...)
	defer func() { _ = sub.Close() }()
	defer context.AfterFunc(ctx, func() { _ = sub.Close() })() // a read knows no context
	for confirmed, pinged := 0, false; ; {
		m, err := sub.ReceiveTimeout(ctx, silence)
		if timeout := (net.Error)(nil); errors.As(err, &timeout) && timeout.Timeout() && !pinged {
			if err = sub.Ping(ctx); err == nil {
				pinged = true
				continue
			}
		}
		if err != nil {
			return fmt.Errorf("PSUBSCRIBE: %w", err)
		}
		pinged = false
		switch m := m.(type) {
		case *redis.Subscription:
			if confirmed++; confirmed == len(c.patterns) {
				c.subscribed = true
				c.sink.Ready()
			}
		case *redis.Message:
			if err := c.sink.Message(decode(c.prefix, m.Channel, []byte(m.Payload), time.Now())); err != nil {
				return enough(err)
			}
		}
	}
}

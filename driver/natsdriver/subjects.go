package natsdriver

import (
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// maxSubject keeps the line of a message, with a reply subject and a length, below
// nats-server's max_control_line (4,096 by default): it closes a connection that sends
// a longer one, and nats.go does not open it again.
const maxSubject = 3500

// Subject returns the subject that stands for a channel of the Redis adapter, as
// emitter.RequestChannel and emitter.ResponseChannel name it: choose it to give a NATS
// user its permissions. A name without a subject gives emitter.ErrPrefix or
// emitter.ErrNamespace.
func Subject(prefix, channel string) (string, error) {
	rest, ok := strings.CutPrefix(channel, prefix+"-")
	if !ok || prefix == "" {
		return "", fmt.Errorf("%w: %q of channel %q", emitter.ErrPrefix, shorten(prefix), shorten(channel))
	}
	subject := appendToken(nil, prefix)
	for part := range strings.SplitSeq(strings.TrimSuffix(rest, "#"), "#") {
		if part == "" {
			return "", fmt.Errorf("%w: channel %q has an empty part, and a subject has none", emitter.ErrNamespace, shorten(channel))
		}
		subject = appendToken(append(subject, '.'), part)
	}
	if len(subject) > maxSubject {
		return "", fmt.Errorf("%w: the subject of channel %q has %d bytes, and NATS takes %d; use shorter names", emitter.ErrNamespace, shorten(channel), len(subject), maxSubject)
	}
	return string(subject), nil
}

// appendToken encodes one token (docs/protocol.md, Kafka and NATS, version 1).
func appendToken(b []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' {
			b = append(b, c)
			continue
		}
		b = append(b, '=', hex[c>>4], hex[c&15])
	}
	return b
}

// shorten cuts a refused name to a length that suits a message.
func shorten(s string) string {
	const most = 64
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

// target is where requests of one kind go.
type target struct {
	channel string // on Redis
	subject string
	err     error // why there is no subject
}

type targetKey struct{ prefix, namespace, server string }

// targets keeps the subjects in use, so that a request costs no name of its own.
// Reading takes no lock: a new name makes a new map.
type targets struct {
	byKey atomic.Pointer[map[targetKey]*target]
}

// maxTargets bounds the names kept; with more in use, all are made anew.
const maxTargets = 1024

func (t *targets) of(req *protocol.Request) *target {
	key := targetKey{req.Prefix, req.Namespace, req.Server}
	known := t.byKey.Load()
	if known != nil {
		if found, ok := (*known)[key]; ok {
			return found
		}
	}
	made := &target{channel: emitter.RequestChannel(req.Prefix, req.Namespace, req.Server)}
	if made.subject, made.err = Subject(req.Prefix, made.channel); made.err != nil {
		return made
	}
	next := make(map[targetKey]*target)
	if known != nil && len(*known) < maxTargets {
		for k, v := range *known {
			next[k] = v
		}
	}
	next[targetKey{strings.Clone(key.prefix), strings.Clone(key.namespace), strings.Clone(key.server)}] = made
	t.byKey.CompareAndSwap(known, &next) // lost to another name: this one is made again next time
	return made
}

package kafkadriver

import (
	"context"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

var _ emitter.Rosterer = (*Driver)(nil)

// Listen reads the prefix's topic from the ends of its partitions on, unless that is
// done already, and returns once all ends are known. It is kept for 5 minutes beyond its
// last question; connections that are lost come back, and nothing is missed meanwhile.
// Listen ends with ctx, and after 5 s in any case.
func (d *Driver) Listen(ctx context.Context, req *protocol.Request, sink func(protocol.Response)) (stop func(), err error) {
	if err := d.ready(ctx); err != nil {
		return nil, err
	}
	if err := refuse(req); err != nil {
		return nil, prefixed(err)
	}
	channel := emitter.ResponseChannel(req.Prefix, req.Namespace, req.Node.String())
	stop, err = d.answers.Listen(ctx, channel, req.ID, sink)
	return stop, prefixed(err)
}

// Roster returns the servers heard of in a namespace: by their answers, and, while the
// driver reads the topic, by what they say of themselves.
func (d *Driver) Roster(prefix, namespace string) *emitter.Roster {
	if d == nil || d.err != nil {
		return new(emitter.Roster)
	}
	return d.book.Roster(prefix, namespace)
}

// servers is how many servers will answer req, as far as they are known.
func (d *Driver) servers(req *protocol.Request) int {
	if req.Raw == nil && req.Type.IsAnswered() && req.Server == "" {
		if n := d.book.Roster(req.Prefix, req.Namespace).Len(); n > 0 {
			return n
		}
	}
	return -1
}

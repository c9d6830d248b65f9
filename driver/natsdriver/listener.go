package natsdriver

import (
	"context"
	"slices"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/answers"
	"github.com/sioxide/emitter/driver/presence"
	"github.com/sioxide/emitter/protocol"
)

var _ emitter.Rosterer = (*Driver)(nil)

// Listen subscribes to the subject of answers to req.Node, unless it is subscribed
// already, and returns once the server has confirmed it. The subscription is kept for 5
// minutes beyond the last question; nats.go makes it again when the connection was
// lost. Listen ends with ctx, and after 5 s in any case.
func (d *Driver) Listen(ctx context.Context, req *protocol.Request, sink func(protocol.Response)) (stop func(), err error) {
	if err := d.ready(ctx); err != nil {
		return nil, prefixed(err)
	}
	channel := emitter.ResponseChannel(req.Prefix, req.Namespace, req.Node.String())
	if _, err := Subject(req.Prefix, channel); err != nil {
		return nil, prefixed(emitter.NotSent(err))
	}
	stop, err = d.answers.Listen(ctx, channel, req.ID, sink)
	return stop, prefixed(err)
}

// Roster returns the servers heard of in a namespace: by their answers and, while
// answers are listened for, by what they say of themselves every 3 s.
func (d *Driver) Roster(prefix, namespace string) *emitter.Roster {
	if d == nil || d.err != nil {
		return new(emitter.Roster)
	}
	d.book.Expire(prefix)
	return d.book.Roster(prefix, namespace)
}

// known is how many servers will take req, as far as they were heard of.
func (d *Driver) known(req *protocol.Request) int {
	r := d.Roster(req.Prefix, req.Namespace)
	if req.Server == "" {
		return r.Len()
	}
	if id, err := protocol.ParseID(req.Server); err == nil && slices.Contains(r.IDs(), id) {
		return 1
	}
	return 0
}

// forget drops the servers of which NATS has told that they do not listen: later
// questions must not wait for them.
func (d *Driver) forget(req *protocol.Request) {
	r := d.Roster(req.Prefix, req.Namespace)
	for _, id := range r.IDs() {
		if req.Server == "" || req.Server == id.String() {
			r.Forget(id)
		}
	}
}

// prefixOf is the prefix of a channel of answers: neither a prefix nor a namespace
// contains a '#'.
func prefixOf(channel string) string {
	head, _, _ := strings.Cut(channel, "#")
	return strings.TrimSuffix(head, "-response")
}

// subscriber subscribes on the connection of a Driver.
type subscriber struct {
	client  *nats.Conn
	config  config
	book    *presence.Book
	node    protocol.ID // who asks who is there
	pending int         // bytes of answers that may wait to be handled
}

// maxPending is for some questions at once, each of which takes at most 64 MiB.
const maxPending = 256 << 20

var _ answers.Client = (*subscriber)(nil)

// Route implements answers.Client.
func (*subscriber) Route(context.Context, string) (any, error) { return "connection", nil }

// Redirected implements answers.Client.
func (*subscriber) Redirected(context.Context, error) bool { return false }

// Dial takes the connection that is there.
func (s *subscriber) Dial(_ context.Context, _ any, events answers.Events) (answers.Conn, error) {
	if err := connected(s.client); err != nil {
		return nil, withRemedy(err)
	}
	return newConn(s, events), nil
}

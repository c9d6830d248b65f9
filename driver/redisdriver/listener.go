package redisdriver

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/answers"
	"github.com/sioxide/emitter/protocol"
)

var _ emitter.Listener = (*Driver)(nil)

// Listen subscribes to the channel of answers to req.Node, unless it is subscribed
// already, and returns once Redis has confirmed it. The subscription is kept for 5
// minutes beyond its last question, and made again when it is lost; at most 1,000
// are kept. Listen ends with ctx, and after 5 s in any case.
func (d *Driver) Listen(ctx context.Context, req *protocol.Request, sink func(protocol.Response)) (stop func(), err error) {
	if err := d.ready(); err != nil {
		return nil, err
	}
	if err := d.sender.refuse(req); err != nil {
		return nil, prefixed(err)
	}
	channel := emitter.ResponseChannel(req.Prefix, req.Namespace, req.Node.String())
	stop, err = d.answers.Listen(ctx, channel, req.ID, sink)
	return stop, prefixed(err)
}

// subscriber subscribes through the client of a sender.
type subscriber struct{ *sender }

var _ answers.Client = subscriber{}

// pubsubClient is what a subscription needs of a client: a *redis.Client, or a
// client of the caller's own type.
type pubsubClient interface {
	Subscribe(ctx context.Context, channels ...string) *redis.PubSub
}

// Route names a connection by the client of its server: on a cluster the master of
// the channel's slot.
func (s subscriber) Route(ctx context.Context, channel string) (any, error) {
	if s.cluster == nil {
		return s.client, nil
	}
	master, err := s.cluster.MasterForKey(ctx, channel)
	if err != nil {
		s.cluster.ReloadState(context.Background())
		return nil, withRemedy(err)
	}
	return master, nil
}

// Dial opens a connection for subscriptions.
func (s subscriber) Dial(ctx context.Context, connection any, events answers.Events) (answers.Conn, error) {
	client, ok := connection.(pubsubClient)
	if !ok {
		return nil, fmt.Errorf("%w: a client of type %T can't subscribe; give New one with the methods of *redis.Client", emitter.ErrUnsupported, connection)
	}
	c, err := dial(ctx, client.Subscribe(ctx), s.sharded, maxSilence, events)
	if err == nil {
		return c, nil
	}
	if s.cluster != nil {
		s.cluster.ReloadState(context.Background()) // another node may be master by now
	}
	return nil, err
}

// Redirected follows a slot that has moved.
func (s subscriber) Redirected(ctx context.Context, err error) bool {
	var reply redis.Error
	if s.cluster == nil || !errors.As(err, &reply) || !isRedirect(reply) {
		return false
	}
	s.loadSlots(ctx)
	return true
}

// subscribeRefused says what to do about a subscription that Redis refused.
func subscribeRefused(err error) error {
	if redis.HasErrorPrefix(err, "NOPERM") {
		return fmt.Errorf("%w (allow the Redis user to hear answers: ACL SETUSER with +subscribe, +ssubscribe, +unsubscribe, +sunsubscribe, +ping and the channel)", err)
	}
	return withRemedy(err)
}

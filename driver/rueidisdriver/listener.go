package rueidisdriver

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/rueidis"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/answers"
	"github.com/sioxide/emitter/protocol"
)

var _ emitter.Listener = (*Driver)(nil)

// Listen subscribes to the channel of answers to req.Node, unless it is subscribed
// already, and returns once Redis has confirmed it. The subscription is kept for 5
// minutes beyond its last question, and made again when it is lost; at most 1,000
// are kept. It has a dedicated connection of the client, on a cluster one for each
// namespace. Listen ends with ctx, and after 5 s in any case.
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

// Route names one connection for all channels, on a cluster one for each: a
// dedicated client of rueidis keeps to the slot of its first command.
func (s subscriber) Route(_ context.Context, channel string) (any, error) {
	if s.cluster && s.sharded {
		return channel, nil
	}
	return "", nil
}

// Dial takes a dedicated connection, so that what Redis allows a subscriber to lag
// by (client-output-buffer-limit pubsub) does not apply to the client's others.
func (s subscriber) Dial(_ context.Context, _ any, events answers.Events) (answers.Conn, error) {
	s.freshness.doubt()
	client, _ := s.client.Dedicate()
	return newConn(client, s.sharded, events), nil
}

// Redirected is true while a slot moves: rueidis looks for it by itself.
func (s subscriber) Redirected(_ context.Context, err error) bool {
	reply, ok := redisError(err)
	if !ok || !s.cluster {
		return false
	}
	_, moved := reply.IsMoved()
	_, ask := reply.IsAsk()
	return moved || ask || reply.IsTryAgain()
}

func redisError(err error) (*rueidis.RedisError, bool) {
	var reply *rueidis.RedisError
	return reply, errors.As(err, &reply)
}

// subscribeRefused says what to do about a subscription that Redis refused.
func subscribeRefused(err error) error {
	if isReply(err) && strings.HasPrefix(err.Error(), "NOPERM") {
		return fmt.Errorf("%w (allow the Redis user to hear answers: ACL SETUSER with +subscribe, +ssubscribe, +unsubscribe, +sunsubscribe, +ping and the channel)", err)
	}
	return withRemedy(err)
}

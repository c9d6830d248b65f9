package redisdriver

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter/driver/answers"
)

// maxSilence is how long nothing may be heard on a connection before it is given
// up. It is asked for a sign of life three times in that time.
const maxSilence = 15 * time.Second

// noDial is a context that has ended. On a connection that is open go-redis does not
// heed it, but it keeps it from restoring one that was lost: that would happen before
// the loss is told, and in one command for all channels, which a cluster refuses.
var noDial = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// conn is a connection for subscriptions, which ends with the first failure.
type conn struct {
	pubsub  *redis.PubSub
	sharded bool
	events  answers.Events
	cancel  context.CancelFunc // of watch
	replies chan reply         // to the command that is under way
	read    chan struct{}      // closed when nothing reads any more
	pinged  chan struct{}      // closed when nothing pings any more
	silence time.Duration      // the most there may be
	heard   atomic.Int64       // when something arrived, Unix ns
	silent  atomic.Bool        // it was given up
}

// reply is what Redis says to a command: it was done for a channel, or refused.
type reply struct {
	kind, channel string
	err           error
}

// dial opens the connection of pubsub, which has none yet.
func dial(ctx context.Context, pubsub *redis.PubSub, sharded bool, silence time.Duration, events answers.Events) (*conn, error) {
	if err := pubsub.Ping(ctx); err != nil {
		_ = pubsub.Close()
		return nil, withRemedy(err)
	}
	c := &conn{
		pubsub: pubsub, sharded: sharded, silence: silence, events: events,
		replies: make(chan reply, 1), read: make(chan struct{}), pinged: make(chan struct{}),
	}
	c.heard.Store(time.Now().UnixNano())
	ctx, c.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go c.receive()
	go c.watch(ctx)
	return c, nil
}

// receive takes what arrives, until the connection ends.
func (c *conn) receive() {
	defer close(c.read)
	for {
		m, err := c.pubsub.Receive(noDial)
		if err != nil && !isReply(err) {
			if c.silent.Load() {
				err = fmt.Errorf("nothing was heard from Redis for %v", c.silence)
			}
			c.cancel()
			c.events.Lost(withRemedy(err))
			return
		}
		c.heard.Store(time.Now().UnixNano())
		switch m := m.(type) {
		case *redis.Message:
			c.events.Message([]byte(m.Payload))
		case *redis.Subscription:
			c.confirmed(m)
		case nil:
			c.reply(reply{err: err})
		}
	}
}

// confirmed takes the end or the beginning of a subscription.
func (c *conn) confirmed(m *redis.Subscription) {
	if m.Kind == "sunsubscribe" || m.Kind == "unsubscribe" { // Redis does so when a slot moves; link knows those that it ended
		c.events.Ended(m.Channel, errors.New("Redis has ended it, as it does when a slot moves"))
	}
	c.reply(reply{kind: m.Kind, channel: m.Channel})
}

// reply hands r to the command that is under way; what nobody waits for makes room.
func (c *conn) reply(r reply) {
	for {
		select {
		case c.replies <- r:
			return
		default:
		}
		select {
		case <-c.replies:
		default:
		}
	}
}

// Subscribe implements answers.Conn.
func (c *conn) Subscribe(ctx context.Context, channel string) error {
	kind, command := "subscribe", c.pubsub.Subscribe
	if c.sharded {
		kind, command = "ssubscribe", c.pubsub.SSubscribe
	}
	return c.do(ctx, command, kind, channel)
}

// Unsubscribe implements answers.Conn.
func (c *conn) Unsubscribe(ctx context.Context, channel string) error {
	kind, command := "unsubscribe", c.pubsub.Unsubscribe
	if c.sharded {
		kind, command = "sunsubscribe", c.pubsub.SUnsubscribe
	}
	return c.do(ctx, command, kind, channel)
}

// do runs a command for one channel and waits for its reply.
func (c *conn) do(ctx context.Context, command func(context.Context, ...string) error, kind, channel string) error {
	select {
	case <-c.replies: // to nobody
	default:
	}
	if err := command(noDial, channel); err != nil {
		if !isReply(err) {
			c.events.Lost(err)
		}
		return withRemedy(err)
	}
	for {
		select {
		case r := <-c.replies:
			if r.err != nil {
				return subscribeRefused(r.err)
			}
			if r.kind == kind && r.channel == channel {
				return nil
			}
		case <-c.read:
			return errors.New("the connection was lost")
		case <-ctx.Done():
			return fmt.Errorf("%s: Redis does not answer: %w", kind, ctx.Err())
		}
	}
}

// watch pings a connection that is silent, as it may be dead: nothing else would
// tell.
func (c *conn) watch(ctx context.Context) {
	defer close(c.pinged)
	t := time.NewTicker(c.silence / 3)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		if time.Since(time.Unix(0, c.heard.Load())) >= c.silence {
			c.silent.Store(true)
			_ = c.pubsub.Close() // receive ends
			return
		}
		_ = c.pubsub.Ping(noDial) // when it fails, receive ends
	}
}

// Close implements answers.Conn.
func (c *conn) Close() {
	c.cancel()
	_ = c.pubsub.Close()
	<-c.read
	<-c.pinged
}

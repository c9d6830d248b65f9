package rueidisdriver

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/redis/rueidis"

	"github.com/sioxide/emitter/driver/answers"
)

// conn is a dedicated connection for subscriptions. rueidis pings it, and tells
// when it is lost.
type conn struct {
	client  rueidis.DedicatedClient
	sharded bool
	events  answers.Events
	wg      sync.WaitGroup
}

func newConn(client rueidis.DedicatedClient, sharded bool, events answers.Events) *conn {
	c := &conn{client: client, sharded: sharded, events: events}
	lost := client.SetPubSubHooks(rueidis.PubSubHooks{
		OnMessage: func(m rueidis.PubSubMessage) { events.Message([]byte(m.Message)) },
		OnSubscription: func(s rueidis.PubSubSubscription) {
			if s.Kind == "sunsubscribe" || s.Kind == "unsubscribe" { // Redis does so when a slot moves; link knows those that it ended
				events.Ended(s.Channel, errors.New("Redis has ended it, as it does when a slot moves"))
			}
		},
	})
	c.wg.Go(func() { events.Lost(withRemedy(<-lost)) })
	return c
}

// Subscribe implements answers.Conn.
func (c *conn) Subscribe(ctx context.Context, channel string) error {
	if c.sharded {
		return c.do(ctx, c.client.B().Ssubscribe().Channel(channel).Build())
	}
	return c.do(ctx, c.client.B().Subscribe().Channel(channel).Build())
}

// Unsubscribe implements answers.Conn.
func (c *conn) Unsubscribe(ctx context.Context, channel string) error {
	if c.sharded {
		return c.do(ctx, c.client.B().Sunsubscribe().Channel(channel).Build())
	}
	return c.do(ctx, c.client.B().Unsubscribe().Channel(channel).Build())
}

// do runs a command that rueidis answers when Redis has confirmed it.
func (c *conn) do(ctx context.Context, command rueidis.Completed) error {
	done := make(chan error, 1)
	c.wg.Go(func() { done <- c.client.Do(ctx, command).Error() })
	select {
	case err := <-done:
		if err == nil {
			return nil
		}
		if _, reply := rueidis.IsRedisErr(err); !reply {
			c.events.Lost(err)
		}
		return subscribeRefused(err)
	case <-ctx.Done():
		return fmt.Errorf("Redis does not answer: %w", ctx.Err())
	}
}

// Close implements answers.Conn. The connection does not go back to the client's
// pool, for which it would have to answer first.
func (c *conn) Close() {
	c.client.Close()
	c.wg.Wait()
}

package natsdriver

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/sioxide/emitter/driver/answers"
	"github.com/sioxide/emitter/driver/presence"
	"github.com/sioxide/emitter/protocol"
)

// conn is what a Driver has subscribed to.
type conn struct {
	*subscriber
	events answers.Events
	status chan nats.Status
	ended  chan struct{} // closed when nothing watches status any more

	byChannel map[string]*nats.Subscription
	presences map[string]*nats.Subscription // by prefix
}

var _ answers.Conn = (*conn)(nil)

func newConn(s *subscriber, events answers.Events) *conn {
	c := &conn{
		subscriber: s, events: events, ended: make(chan struct{}),
		status:    s.client.StatusChanged(nats.CONNECTED, nats.RECONNECTING, nats.CLOSED),
		byChannel: make(map[string]*nats.Subscription), presences: make(map[string]*nats.Subscription),
	}
	go c.watch()
	return c
}

// Subscribe listens for answers, and for what the servers of the prefix say of
// themselves.
func (c *conn) Subscribe(ctx context.Context, channel string) error {
	prefix := prefixOf(channel)
	if c.presences[prefix] == nil {
		sub, err := c.subscribe(ctx, prefix, presence.Channel(prefix), c.heard(prefix))
		if err != nil {
			return err
		}
		c.presences[prefix] = sub
		question := protocol.Presence{Node: c.node, IsQuestion: true}
		if err := c.client.Publish(sub.Subject, question.AppendMsgpack(nil)); err != nil {
			return withRemedy(err)
		}
	}
	sub, err := c.subscribe(ctx, prefix, channel, c.events.Message)
	if err != nil {
		return err
	}
	c.byChannel[channel] = sub
	return nil
}

// subscribe returns once the server has confirmed the subscription.
func (c *conn) subscribe(ctx context.Context, prefix, channel string, take func([]byte)) (*nats.Subscription, error) {
	subject, err := Subject(prefix, channel)
	if err != nil {
		return nil, err
	}
	before := c.client.LastError()
	sub, err := c.client.Subscribe(subject, c.handler(channel, take))
	if err != nil {
		return nil, withRemedy(err)
	}
	if err = sub.SetPendingLimits(-1, c.pending); err == nil {
		err = c.client.FlushWithContext(ctx)
	}
	if err == nil {
		err = refusedSince(c.client, before, subject)
	}
	if err != nil {
		_ = sub.Unsubscribe()
		return nil, withRemedy(err)
	}
	return sub, nil
}

// refusedSince returns the server's refusal of a subscription, if there was one
// (nats-server 2.15, server/client.go: subPermissionViolation).
func refusedSince(client *nats.Conn, before error, subject string) error {
	err := client.LastError()
	if err == nil || err == before || !strings.Contains(err.Error(), fmt.Sprintf("Subscription to %q", subject)) { //nolint:errorlint // whether it is the very same
		return nil
	}
	return fmt.Errorf("%w (allow the NATS user to subscribe there)", err)
}

// handler passes on what is of version 1, and tells when the client library has
// dropped messages.
func (c *conn) handler(channel string, take func([]byte)) nats.MsgHandler {
	var dropped atomic.Int64
	return func(m *nats.Msg) {
		if n, err := m.Sub.Dropped(); err == nil && dropped.Swap(int64(n)) != int64(n) {
			c.config.logger.Warn("emitter: answers dropped, as more came than could be handled", "channel", channel, "total", n)
		}
		if isOurs(m) {
			take(m.Data)
		}
	}
}

// isOurs passes over messages of a later version that says so.
func isOurs(m *nats.Msg) bool {
	for _, v := range m.Header.Values("v") {
		if v != "1" {
			return false
		}
	}
	return true
}

func (c *conn) heard(prefix string) func([]byte) {
	return func(data []byte) {
		p, err := protocol.DecodePresence(data)
		if err != nil {
			c.config.logger.Debug("emitter: presence dropped", "prefix", prefix, "error", err)
			return
		}
		c.book.Take(prefix, p)
	}
}

// Unsubscribe implements answers.Conn.
func (c *conn) Unsubscribe(_ context.Context, channel string) error {
	sub := c.byChannel[channel]
	delete(c.byChannel, channel)
	if sub == nil {
		return nil
	}
	return sub.Unsubscribe()
}

// watch tells of the connection. What it carries is not lost with it: the client
// subscribes again before it publishes anything.
func (c *conn) watch() {
	defer close(c.ended)
	var lost time.Time // zero: it is not
	for status := range c.status {
		switch {
		case status == nats.CLOSED:
			c.events.Lost(errors.Join(nats.ErrConnectionClosed, c.client.LastError()))
		case status == nats.RECONNECTING && lost.IsZero():
			lost = time.Now()
			c.config.logger.Warn("emitter: connection to NATS lost: answers are missed until it is restored", "error", c.client.LastError())
		case status == nats.CONNECTED && !lost.IsZero():
			c.config.logger.Info("emitter: connection to NATS restored", "after", time.Since(lost))
			lost = time.Time{}
		}
	}
}

// Close implements answers.Conn.
func (c *conn) Close() {
	c.client.RemoveStatusListener(c.status)
	<-c.ended
	for _, subs := range []map[string]*nats.Subscription{c.byChannel, c.presences} {
		for _, sub := range subs {
			_ = sub.Unsubscribe()
		}
	}
}

package answers_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sioxide/emitter/driver/answers"
	"github.com/sioxide/emitter/protocol"
)

// backend is a Client in memory. Its connections have the names that route gives.
type backend struct {
	mu        sync.Mutex
	route     func(channel string) any
	refuse    func(channel string) error // what Subscribe says
	down      error                      // what Dial says
	stalled   chan struct{}              // until it is closed, Subscribe and Unsubscribe wait
	deaf      chan struct{}              // until it is closed, Dial waits, whatever its context says
	before    func()                     // runs when Subscribe begins
	overlaps  int                        // calls on one connection at the same time
	redirects int                        // so many errors are redirections
	conns     map[*conn]struct{}
	log       []string
}

func newBackend() *backend { return &backend{conns: make(map[*conn]struct{})} }

func (b *backend) note(format string, args ...any) {
	b.log = append(b.log, fmt.Sprintf(format, args...))
}

// noted returns what happened since the last call.
func (b *backend) noted() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := strings.Join(b.log, ", ")
	b.log = nil
	return s
}

func (b *backend) set(change func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change()
}

func (b *backend) Route(_ context.Context, channel string) (any, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.route == nil {
		return "one", nil
	}
	return b.route(channel), nil
}

func (b *backend) Dial(_ context.Context, name any, events answers.Events) (answers.Conn, error) {
	if b.deaf != nil {
		<-b.deaf
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down != nil {
		b.note("dial %v: %v", name, b.down)
		return (*conn)(nil), b.down // as a careless Client does
	}
	b.note("dial %v", name)
	c := &conn{b: b, events: events, channels: make(map[string]bool)}
	b.conns[c] = struct{}{}
	return c, nil
}

func (b *backend) Redirected(context.Context, error) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.redirects--
	return b.redirects >= 0
}

// lose ends all connections.
func (b *backend) lose(err error) {
	b.mu.Lock()
	lost := b.conns
	b.conns = make(map[*conn]struct{})
	b.mu.Unlock()
	for c := range lost {
		c.events.Lost(err)
	}
}

// end ends a subscription, as the backend does by itself.
func (b *backend) end(channel string) {
	for _, c := range b.on(channel) {
		b.set(func() { delete(c.channels, channel) })
		c.events.Ended(channel, errors.New("moved"))
	}
}

// on returns the connections that a channel is subscribed on.
func (b *backend) on(channel string) []*conn {
	b.mu.Lock()
	defer b.mu.Unlock()
	var on []*conn
	for c := range b.conns {
		if c.channels[channel] {
			on = append(on, c)
		}
	}
	return on
}

// publish returns how many connections got it.
func (b *backend) publish(channel string, data []byte) int {
	on := b.on(channel)
	for _, c := range on {
		c.events.Message(data)
	}
	return len(on)
}

type conn struct {
	b        *backend
	events   answers.Events
	channels map[string]bool // under b.mu
	busy     atomic.Bool
}

// begin waits as the backend does, and checks that calls come one at a time.
func (c *conn) begin(ctx context.Context) error {
	if !c.busy.CompareAndSwap(false, true) {
		c.b.set(func() { c.b.overlaps++ })
	}
	runtime.Gosched()
	c.b.mu.Lock()
	stalled := c.b.stalled
	c.b.mu.Unlock()
	if stalled == nil {
		return nil
	}
	select {
	case <-stalled:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *conn) Subscribe(ctx context.Context, channel string) error {
	defer c.busy.Store(false)
	if c.b.before != nil {
		c.b.before()
	}
	if err := c.begin(ctx); err != nil {
		return err
	}
	c.b.mu.Lock()
	defer c.b.mu.Unlock()
	if c.b.refuse != nil {
		if err := c.b.refuse(channel); err != nil {
			c.b.note("refuse %s", channel)
			return err
		}
	}
	c.b.note("subscribe %s", channel)
	c.channels[channel] = true
	return nil
}

func (c *conn) Unsubscribe(ctx context.Context, channel string) error {
	defer c.busy.Store(false)
	if err := c.begin(ctx); err != nil {
		return err
	}
	c.b.set(func() {
		c.b.note("unsubscribe %s", channel)
		delete(c.channels, channel)
	})
	c.events.Ended(channel, errors.New("as asked"))
	return nil
}

func (c *conn) Close() {
	c.b.set(func() {
		c.b.note("close")
		delete(c.b.conns, c)
	})
}

// listen asks on a channel, which must succeed.
func listen(t *testing.T, l *answers.Listener, channel string) (stop func(), got *[]protocol.Response, id protocol.ID) {
	t.Helper()
	id, got = protocol.NewID(), new([]protocol.Response)
	var mu sync.Mutex
	stop, err := l.Listen(t.Context(), channel, id, func(res protocol.Response) {
		mu.Lock()
		defer mu.Unlock()
		*got = append(*got, res)
	})
	if err != nil {
		t.Fatalf("Listen on %s: %v", channel, err)
	}
	return stop, got, id
}

func response(id protocol.ID) []byte {
	res := protocol.Response{Request: id, Server: protocol.NewNodeID(), Kind: protocol.KindRooms}
	return res.AppendAddressed(nil)
}

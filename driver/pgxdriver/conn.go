package pgxdriver

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/answers"
)

const (
	// silence is how long nothing may be heard before the connection is looked after:
	// it may be dead, and nothing else would tell.
	silence = 15 * time.Second

	queryTime = 5 * time.Second // of a look after the connection, and of reading rows
	closeTime = time.Second
)

// conn is the connection that listens. One goroutine, run, uses it: it waits for
// notifications, and stops waiting when there is something else to do.
type conn struct {
	subscriber

	pg     *pgx.Conn
	events answers.Events
	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	ended  chan struct{} // closed when run has returned
	orders chan *order

	mu   sync.Mutex
	wake context.CancelFunc // ends the wait

	// Of run.
	users      map[string]int             // subscriptions that need a channel
	heartbeats map[string]*emitter.Roster // by the channel of a namespace
}

// order is what run is asked to do between two notifications.
type order struct {
	do   func() error
	done chan error // has room for one
}

var _ answers.Conn = (*conn)(nil)

func newConn(ctx context.Context, pg *pgx.Conn, s subscriber, events answers.Events) *conn {
	c := &conn{
		subscriber: s, pg: pg, events: events,
		ended: make(chan struct{}), orders: make(chan *order, 1), wake: func() {},
		users: make(map[string]int), heartbeats: make(map[string]*emitter.Roster),
	}
	c.ctx, c.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go c.run()
	return c
}

func (c *conn) run() {
	defer close(c.ended)
	defer c.cancel()
	for c.ctx.Err() == nil {
		if err := c.step(); err != nil {
			c.lost(err)
			break
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	_ = c.pg.Close(ctx)
	select {
	case <-c.pg.PgConn().CleanupDone():
	case <-ctx.Done():
	}
}

// step waits for the next thing to do and does it. It returns what ended the
// connection.
func (c *conn) step() error {
	n, err := c.wait()
	switch {
	case err == nil:
		return c.take(n)
	case c.pg.IsClosed():
		return err
	}
	select {
	case o := <-c.orders:
		err := o.do()
		if err != nil && c.pg.IsClosed() {
			c.lost(err) // before the order returns
		}
		o.done <- err
		return nil // the next wait tells of a closed connection
	default:
	}
	if c.ctx.Err() != nil {
		return nil
	}
	if err := c.ping(); err != nil {
		return fmt.Errorf("nothing was heard from PostgreSQL for %v: %w", silence, err)
	}
	return nil
}

// ping has PostgreSQL answer.
func (c *conn) ping() error {
	ctx, cancel := context.WithTimeout(c.ctx, queryTime)
	defer cancel()
	return c.execute(ctx, ";")
}

// proves returns nil when the connection is alive and listens to the topic. Its death
// may not have been noticed yet, and an answer would be missed then; it is told of
// before the return. When ctx ends first, the connection is left as it is.
func (c *conn) proves(ctx context.Context, t topic) error {
	return c.ask(ctx, func() error {
		if response, _ := t.channels(); c.users[response] == 0 {
			return errElsewhere
		}
		return c.ping()
	})
}

var errElsewhere = errors.New("another connection listens")

// lost tells of the end of the connection, unless it was asked for.
func (c *conn) lost(err error) {
	if c.ctx.Err() == nil {
		losses.Add(1)
		c.events.Lost(withRemedy(err))
	}
}

// wait returns the next notification, or an error when there is an order, after a
// silence, and when the connection has ended.
func (c *conn) wait() (*pgconn.Notification, error) {
	ctx, cancel := context.WithTimeout(c.ctx, silence)
	defer cancel()
	c.mu.Lock()
	c.wake = cancel
	c.mu.Unlock()
	if len(c.orders) > 0 { // it came before wake was set
		cancel()
	}
	return c.pg.WaitForNotification(ctx)
}

// ask has run do something and waits for it.
func (c *conn) ask(ctx context.Context, do func() error) error {
	o := &order{do: do, done: make(chan error, 1)}
	select {
	case c.orders <- o:
	case <-c.ended:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	c.mu.Lock()
	c.wake()
	c.mu.Unlock()
	select {
	case err := <-o.done:
		return err
	case <-c.ended:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

var errClosed = errors.New("the connection is closed")

// Subscribe implements answers.Conn.
func (c *conn) Subscribe(ctx context.Context, name string) error {
	return c.ask(ctx, func() error { return c.listen(ctx, parseTopic(name)) })
}

// Unsubscribe implements answers.Conn.
func (c *conn) Unsubscribe(ctx context.Context, name string) error {
	return c.ask(ctx, func() error { return c.unlisten(ctx, parseTopic(name)) })
}

// Close implements answers.Conn.
func (c *conn) Close() {
	c.cancel()
	<-c.ended
}

// channels are what a topic needs: that of its answers, and that of its namespace.
func (t topic) channels() (response, global string) {
	return ResponseChannel(t.prefix, t.namespace, t.node), Channel(t.prefix, t.namespace, "")
}

func (c *conn) listen(ctx context.Context, t topic) error {
	response, global := t.channels()
	if err := c.execute(ctx, fmt.Sprintf(`listen "%s"; listen "%s"`, response, global)); err != nil {
		return withRemedy(err)
	}
	c.users[response]++
	c.users[global]++
	c.heartbeats[global] = c.driver.Roster(t.prefix, t.namespace)
	return nil
}

func (c *conn) unlisten(ctx context.Context, t topic) error {
	sql := ""
	response, global := t.channels()
	for _, channel := range []string{response, global} {
		if c.users[channel]--; c.users[channel] > 0 {
			continue
		}
		delete(c.users, channel)
		delete(c.heartbeats, channel)
		sql += fmt.Sprintf(`unlisten "%s";`, channel)
	}
	if sql == "" {
		return nil
	}
	return c.execute(ctx, sql)
}

// execute runs statements without arguments.
func (c *conn) execute(ctx context.Context, sql string) error {
	_, err := c.pg.PgConn().Exec(ctx, sql).ReadAll()
	return err
}

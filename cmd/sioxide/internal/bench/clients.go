package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/sioxide/emitter"
)

// Clients are clients that count the events.
type Clients struct {
	list []*client
	done chan struct{} // closed when one has ended
	once sync.Once
	err  error // why, before done is closed
}

// Delivery is what clients have received.
type Delivery struct {
	Clients    int     `json:"clients"`
	Expected   int     `json:"expected"` // events, of all clients together
	Received   int     `json:"received"`
	Lost       int     `json:"lost"`
	Duplicated int     `json:"duplicated"`
	Latency    Latency `json:"latency"` // from the call of Emit to the client
}

// client counts what one connection receives.
type client struct {
	conn *conn

	mu         sync.Mutex
	received   int // different ones
	duplicated int
	last       int // number of the last event
	heard      time.Time
	latency    *hdrhistogram.Histogram
}

// Connect connects n clients to each of the servers, ws://host:port.
func Connect(ctx context.Context, servers []string, n int, namespace string, parser emitter.Parser) (*Clients, error) {
	c := &Clients{done: make(chan struct{})}
	for _, server := range servers {
		for range n {
			conn, err := dial(ctx, server, namespace, parser)
			if err != nil {
				c.Close()
				return nil, fmt.Errorf("connect a client to %s: %w", server, err)
			}
			one := &client{conn: conn, last: -1, latency: newHistogram()}
			c.list = append(c.list, one)
			go c.read(one)
		}
	}
	return c, nil
}

// Close ends the clients.
func (c *Clients) Close() {
	for _, one := range c.list {
		one.conn.close()
	}
}

func (c *Clients) read(one *client) {
	err := one.conn.events(one.count)
	c.once.Do(func() {
		c.err = fmt.Errorf("a client has lost its connection: %w", err)
		close(c.done)
	})
}

// count takes one event. Events come in order, so an earlier number is a repeated
// one.
func (o *client) count(number int, sent int64) {
	now := time.Now()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.heard = now
	if number <= o.last {
		o.duplicated++
		return
	}
	o.last = number
	o.received++
	record(o.latency, now.Sub(epoch)-time.Duration(sent)*time.Microsecond)
}

// join lets the clients join the room and waits until they are in it.
func (c *Clients) join(ctx context.Context, io emitter.Emitter, room string) error {
	for _, one := range c.list {
		err := io.ToSocket(one.conn.id).Join(ctx, room)
		if errors.Is(err, emitter.ErrSocketClosed) {
			return fmt.Errorf("a client of --server is not known in the cluster of the URL: are they the same, with the same prefix? %w", err)
		}
		if err != nil {
			return err
		}
	}
	if err := io.Sync(ctx); err != nil {
		return err
	}
	sockets, err := io.To(room).Sockets(ctx)
	if err == nil && len(sockets) != len(c.list) {
		err = fmt.Errorf("%d of %d clients are in the room", len(sockets), len(c.list))
	}
	return err
}

// How long clients may take after the last event, and how long none receives
// anything before the rest is given up.
const (
	collectPoll  = 5 * time.Millisecond
	collectQuiet = 2 * time.Second
)

// collect waits until every client has received everything, or none receives any
// more.
func (c *Clients) collect(ctx context.Context, sent int) Delivery {
	tick := time.NewTicker(collectPoll)
	defer tick.Stop()
	begin := time.Now()
	for {
		all, heard := true, begin
		for _, one := range c.list {
			one.mu.Lock()
			all = all && one.received == sent
			if one.heard.After(heard) {
				heard = one.heard
			}
			one.mu.Unlock()
		}
		if all || time.Since(heard) > collectQuiet || ctx.Err() != nil {
			return c.delivery(sent)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		case <-c.done:
			return c.delivery(sent)
		}
	}
}

func (c *Clients) delivery(sent int) Delivery {
	d := Delivery{Clients: len(c.list), Expected: sent * len(c.list)}
	all := newHistogram()
	for _, one := range c.list {
		one.mu.Lock()
		d.Received += one.received
		d.Duplicated += one.duplicated
		all.Merge(one.latency)
		one.mu.Unlock()
	}
	d.Lost, d.Latency = d.Expected-d.Received, latencyOf(all)
	return d
}

// Err says why a client has ended; nil while all are connected.
func (c *Clients) Err() error {
	select {
	case <-c.done:
		return c.err
	default:
		return nil
	}
}

// Package client is a small Socket.IO client, WebSocket only: enough to see what
// an emitter's events look like at the other end.
package client

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/sioxide/emitter/examples/demo/socketio"
)

// ErrClosed means that the connection has ended, by either side.
var ErrClosed = errors.New("the connection is closed")

// Conn is a connection to a server. It has a Socket for each namespace.
type Conn struct {
	conn   *socketio.Conn
	parser socketio.Parser
	done   chan struct{} // closed when the reader has ended

	mu      sync.Mutex
	sockets map[string]*Socket
	err     error // why the reader ended
}

// Dial connects to the server at url, like "http://127.0.0.1:3000", which must use
// the same parser.
func Dial(ctx context.Context, url string, p socketio.Parser) (*Conn, error) {
	conn, err := socketio.Dial(ctx, url, p)
	if err != nil {
		return nil, err
	}
	c := &Conn{conn: conn, parser: p, done: make(chan struct{}), sockets: map[string]*Socket{}}
	go c.readAll()
	return c, nil
}

// Connect enters a namespace. auth is what the server gets to see, nil for nothing.
func (c *Conn) Connect(ctx context.Context, namespace string, auth any) (*Socket, error) {
	pk := &socketio.Packet{Kind: socketio.Connect, Namespace: namespace}
	if auth != nil {
		var err error
		if pk.Data, err = c.parser.FromObject(auth); err != nil {
			return nil, fmt.Errorf("connect to %s: auth: %w", namespace, err)
		}
	}
	s := newSocket(c, namespace)
	if err := c.register(s); err != nil {
		return nil, fmt.Errorf("connect to %s: %w", namespace, err)
	}
	if err := c.conn.Write(ctx, pk); err != nil {
		return nil, fmt.Errorf("connect to %s: %w", namespace, err)
	}
	select {
	case err := <-s.connected:
		if err != nil {
			return nil, fmt.Errorf("connect to %s: %w", namespace, err)
		}
		return s, nil
	case <-c.done:
		return nil, fmt.Errorf("connect to %s: %w", namespace, c.reason())
	case <-ctx.Done():
		return nil, fmt.Errorf("connect to %s: %w", namespace, ctx.Err())
	}
}

// Close ends the connection with all its sockets.
func (c *Conn) Close() {
	c.conn.Close()
	<-c.done
}

// register makes s the one that the namespace's packets go to.
func (c *Conn) register(s *Socket) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return c.err
	}
	c.sockets[s.Namespace] = s
	return nil
}

func (c *Conn) reason() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

func (c *Conn) socket(namespace string) *Socket {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sockets[namespace]
}

func (c *Conn) readAll() {
	err := c.readEach()
	if !errors.Is(err, socketio.ErrPacket) {
		err = fmt.Errorf("%w: %w", ErrClosed, err)
	}
	c.conn.Close()
	c.mu.Lock()
	c.err = err
	sockets := c.sockets
	c.sockets = nil
	c.mu.Unlock()
	for _, s := range sockets {
		s.inbox.end(err)
	}
	close(c.done)
}

// readEach returns when the connection ends. A packet that breaks the protocol
// ends it too, as with the JavaScript client.
func (c *Conn) readEach() error {
	for {
		pk, err := c.conn.Read(context.Background())
		if err != nil {
			return err
		}
		s := c.socket(pk.Namespace)
		if s == nil {
			continue
		}
		if err := s.take(pk); err != nil {
			return err
		}
	}
}

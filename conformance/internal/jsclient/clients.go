package jsclient

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/sioxide/emitter/conformance/internal/process"
)

// Clients is a node process with any number of sockets.
type Clients struct {
	proc *process.Process
	next atomic.Int64

	mu      sync.Mutex
	sockets map[string]*Socket
	err     error // why the process is of no use any more
}

// Options of one socket.
type Options struct {
	URL       string
	Namespace string
	Parser    string // common or msgpack
	// Connection names a connection: sockets with the same one share it, and so have the same id.
	Connection string
	Auth       any
}

// Start runs script, the path of clients/main.mjs, with node.
func Start(script string) (*Clients, error) {
	proc, err := process.Start("clients", "node", script)
	if err != nil {
		return nil, err
	}
	c := &Clients{proc: proc, sockets: make(map[string]*Socket)}
	go c.read()
	return c, nil
}

// Connect connects a socket and returns once the server has registered its handlers for it.
func (c *Clients) Connect(ctx context.Context, o Options) (*Socket, error) {
	s := newSocket(c, strconv.FormatInt(c.next.Add(1), 10), o.Namespace)
	c.mu.Lock()
	c.sockets[s.key] = s
	c.mu.Unlock()
	command := map[string]any{
		"op": "connect", "socket": s.key, "url": o.URL, "namespace": o.Namespace,
		"parser": o.Parser, "connection": o.Connection,
	}
	if o.Auth != nil {
		command["auth"] = encodeValue(o.Auth)
	}
	if err := c.send(command); err != nil {
		return nil, err
	}
	if err := s.waitReady(ctx); err != nil {
		return nil, fmt.Errorf("connect a client to %s%s: %w", o.URL, o.Namespace, err)
	}
	return s, nil
}

// Stop ends the process, and with it all sockets.
func (c *Clients) Stop() { c.proc.Stop() }

func (c *Clients) send(command map[string]any) error {
	line, err := json.Marshal(command)
	if err != nil {
		return fmt.Errorf("encode a command for the clients: %w", err)
	}
	return c.proc.Write(line)
}

// report is one line from the process.
type report struct {
	Socket  string `json:"socket"`
	Type    string `json:"type"`
	ID      string `json:"id"`
	Name    string `json:"name"`
	Args    []any  `json:"args"`
	Ack     bool   `json:"ack"`
	Request int    `json:"request"`
	Reason  string `json:"reason"`
}

func (c *Clients) read() {
	for line := range c.proc.Lines() {
		var r report
		err := json.Unmarshal(line, &r)
		if err == nil {
			r.Args, err = decodeValues(r.Args)
		}
		if err != nil {
			c.fail(fmt.Errorf("report of the clients %.200q: %w", line, err))
			continue
		}
		c.mu.Lock()
		s := c.sockets[r.Socket]
		c.mu.Unlock()
		if s != nil {
			s.handle(r)
		}
	}
	c.fail(fmt.Errorf("the clients have ended: %s", c.proc.Log()))
}

// fail makes every wait of every socket end with err.
func (c *Clients) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
	}
	for _, s := range c.sockets {
		s.fail(c.err)
	}
}

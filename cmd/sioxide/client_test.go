package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/sioxide/emitter/cmd/sioxide/internal/testkit"
)

// client is a client of the common parser, by WebSocket. Its server tells it "ready".
type client struct {
	t      testing.TB
	ws     *websocket.Conn
	id     string
	ns     string
	events chan event
	gone   chan struct{} // closed when it is disconnected from the namespace

	mu     sync.Mutex
	answer string // JSON of the arguments of each answer; "": it never answers
}

// event is what a client received.
type event struct {
	name string
	args string   // as JSON, after the name
	bins [][]byte // attachments
}

// connect connects a client and returns when the server takes its events.
func connect(t testing.TB, s *testkit.Server, ns string) *client {
	t.Helper()
	url := fmt.Sprintf("ws://127.0.0.1:%d/socket.io/?EIO=4&transport=websocket", s.Port)
	ws, _, err := websocket.Dial(t.Context(), url, nil) //nolint:bodyclose // the package says that it never needs to be closed
	if err != nil {
		t.Fatal(err)
	}
	ws.SetReadLimit(16 << 20)
	c := &client{t: t, ws: ws, ns: ns, events: make(chan event, 100_000), gone: make(chan struct{})}
	t.Cleanup(func() { _ = ws.CloseNow() })
	go c.read()
	c.send("40" + c.prefix())
	ready := c.next()
	var who struct{ ID string }
	if err := json.Unmarshal([]byte(ready.args), &[]any{&who}); err != nil || ready.name != "ready" {
		t.Fatalf("the server says %+v: %v", ready, err)
	}
	c.id = who.ID
	return c
}

func (c *client) prefix() string {
	if c.ns == "/" {
		return ""
	}
	return c.ns + ","
}

func (c *client) send(packet string) {
	_ = c.ws.Write(context.Background(), websocket.MessageText, []byte(packet)) // when it fails, read ends too
}

// answers sets what the client answers from now on.
func (c *client) answers(args string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answer = args
}

// join lets the client join rooms and returns when it is in them.
func (c *client) join(rooms ...string) *client {
	c.t.Helper()
	list, _ := json.Marshal(rooms)
	c.send(fmt.Sprintf(`42%s0["join",%s]`, c.prefix(), list))
	if e := c.next(); e.name != "" { // the server's answer
		c.t.Fatalf("the server says %+v to join", e)
	}
	return c
}

func (c *client) read() {
	defer close(c.events)
	var pending *event
	missing := 0
	for {
		kind, data, err := c.ws.Read(context.Background())
		if err != nil {
			return
		}
		switch {
		case kind == websocket.MessageBinary && pending != nil:
			pending.bins = append(pending.bins, bytes.Clone(data))
			if missing--; missing == 0 {
				c.events <- *pending
				pending = nil
			}
		case string(data) == "2":
			c.send("3")
		case strings.HasPrefix(string(data), "41"):
			close(c.gone)
		case strings.HasPrefix(string(data), "42"), strings.HasPrefix(string(data), "43"):
			c.events <- c.text(string(data[1:]), data[1] == '2')
		case strings.HasPrefix(string(data), "45"):
			count, rest, _ := strings.Cut(string(data[2:]), "-")
			missing, _ = strconv.Atoi(count)
			e := c.text("2"+rest, false)
			pending = &e
		}
	}
}

// text reads a packet, and answers it where the server waits for that.
func (c *client) text(packet string, answers bool) event {
	rest := strings.TrimPrefix(packet[1:], c.prefix())
	id, _, _ := strings.Cut(rest, "[")
	var args []json.RawMessage
	if err := json.Unmarshal([]byte(rest[len(id):]), &args); err != nil {
		return event{name: "undecodable " + packet}
	}
	e := event{}
	if packet[0] == '2' {
		_ = json.Unmarshal(args[0], &e.name)
		args = args[1:]
	}
	all, _ := json.Marshal(args)
	e.args = string(all)
	c.mu.Lock()
	answer := c.answer
	c.mu.Unlock()
	if id != "" && answers && answer != "" {
		c.send("43" + c.prefix() + id + answer)
	}
	return e
}

// next waits for the next event.
func (c *client) next() event {
	c.t.Helper()
	select {
	case e, ok := <-c.events:
		if !ok {
			c.t.Fatal("the connection has ended")
		}
		return e
	case <-time.After(timeLimit):
		c.t.Fatal("no event came")
	}
	return event{}
}

// must wants the next event to be this one.
func (c *client) must(name, args string) event {
	c.t.Helper()
	e := c.next()
	if e.name != name || e.args != args {
		c.t.Fatalf("received %s %s, want %s %s", e.name, e.args, name, args)
	}
	return e
}

// mustBeGone wants the client to be disconnected from its namespace.
func (c *client) mustBeGone() {
	c.t.Helper()
	select {
	case <-c.gone:
	case <-time.After(timeLimit):
		c.t.Fatal("it was not disconnected")
	}
}

package testkit

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// Client is a Socket.IO client of the common parser, by long polling (Engine.IO 4).
type Client struct{ url string }

// Connect connects to namespace / of the server and waits until it takes events.
func (s *Server) Connect(t testing.TB) *Client {
	t.Helper()
	c := &Client{fmt.Sprintf("http://127.0.0.1:%d/socket.io/?EIO=4&transport=polling", s.Port)}
	text, err := c.poll()
	var open struct{ Sid string }
	if err == nil {
		err = json.Unmarshal([]byte(strings.TrimPrefix(text, "0")), &open)
	}
	c.url += "&sid=" + open.Sid
	if err == nil {
		err = c.send("40")
	}
	for err == nil && !strings.Contains(text, `"ready"`) {
		text, err = c.poll()
	}
	if err != nil {
		t.Fatalf("connect to the server: %v", err)
	}
	return c
}

// Ask has the server emit the event "asked" to everybody, through the adapter.
func (c *Client) Ask() error { return c.send(`420["ask",[]]`) }

func (c *Client) poll() (string, error) {
	res, err := http.Get(c.url)
	return read(res, err)
}

func (c *Client) send(packet string) error {
	_, err := read(http.Post(c.url, "text/plain;charset=UTF-8", strings.NewReader(packet)))
	return err
}

func read(res *http.Response, err error) (string, error) {
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", res.Status, body)
	}
	return string(body), err
}

package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/coder/websocket"
	"github.com/vmihailenco/msgpack/v5"

	"github.com/sioxide/emitter"
)

// conn is a client's connection: Socket.IO 5 over Engine.IO 4 over WebSocket, as far
// as counting events needs it.
type conn struct {
	ws        *websocket.Conn
	id        string // of the socket
	namespace string
	parser    emitter.Parser
	silence   time.Duration // the longest that the server says nothing
}

// maxFrame is the largest message that is read, in bytes.
const maxFrame = 16 << 20

// dial connects to a namespace.
func dial(ctx context.Context, server, namespace string, parser emitter.Parser) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	address, err := endpoint(server)
	if err != nil {
		return nil, err
	}
	ws, resp, err := websocket.Dial(ctx, address, nil)
	if err != nil {
		return nil, err
	}
	if resp != nil && resp.StatusCode != http.StatusSwitchingProtocols && resp.Body != nil {
		_ = resp.Body.Close()
	}
	ws.SetReadLimit(maxFrame)
	c := &conn{ws: ws, namespace: namespace, parser: parser}
	if err := c.enter(ctx); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// endpoint is where Engine.IO is served on a server.
func endpoint(server string) (string, error) {
	u, err := url.Parse(server)
	if err != nil || u.Host == "" {
		return "", errors.New("write ws://host:port")
	}
	switch u.Scheme {
	case "ws", "wss", "http", "https":
	default:
		return "", fmt.Errorf("scheme %q is none of ws and wss", u.Scheme)
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/socket.io/"
	}
	u.RawQuery = "EIO=4&transport=websocket"
	return u.String(), nil
}

// enter takes both handshakes: Engine.IO's, then the namespace's.
func (c *conn) enter(ctx context.Context) error {
	_, data, err := c.ws.Read(ctx)
	if err != nil {
		return err
	}
	var open struct{ PingInterval, PingTimeout int64 } // milliseconds
	if len(data) == 0 || data[0] != '0' || json.Unmarshal(data[1:], &open) != nil {
		return fmt.Errorf("this is no Socket.IO server: %.80q", data)
	}
	c.silence = time.Duration(open.PingInterval+open.PingTimeout)*time.Millisecond + 5*time.Second
	kind, packet := c.connectPacket()
	if err := c.ws.Write(ctx, kind, packet); err != nil {
		return err
	}
	for c.id == "" {
		p, err := c.read(ctx)
		if err != nil {
			return err
		}
		var body struct {
			SID     string `json:"sid"     msgpack:"sid"`
			Message string `json:"message" msgpack:"message"`
		}
		if p.kind != packetConnect && p.kind != packetConnectError {
			continue
		}
		if err := c.decode(p.data, &body); err != nil {
			return err
		}
		if c.id = body.SID; p.kind == packetConnectError {
			return fmt.Errorf("the server refuses namespace %s: %s", c.namespace, body.Message)
		}
	}
	return nil
}

func (c *conn) connectPacket() (websocket.MessageType, []byte) {
	if c.parser == emitter.Msgpack {
		data, _ := msgpack.Marshal(map[string]any{"type": packetConnect, "nsp": c.namespace}) // it can be encoded
		return websocket.MessageBinary, data
	}
	text := "40"
	if c.namespace != "/" {
		text += c.namespace + ","
	}
	return websocket.MessageText, []byte(text)
}

// read returns the next packet and answers pings meanwhile.
func (c *conn) read(ctx context.Context) (packet, error) {
	for {
		kind, data, err := c.ws.Read(ctx)
		if err != nil {
			return packet{}, err
		}
		if kind == websocket.MessageBinary && c.parser == emitter.Msgpack {
			return readMsgpack(data)
		}
		switch {
		case kind == websocket.MessageBinary || len(data) == 0:
		case data[0] == '2':
			if err := c.ws.Write(ctx, websocket.MessageText, []byte("3")); err != nil {
				return packet{}, err
			}
		case data[0] == '1':
			return packet{}, errors.New("the server has closed the connection")
		case data[0] == '4' && c.parser == emitter.Common:
			return readText(data[1:])
		}
	}
}

// events calls f for each event of a measurement, until the connection ends.
func (c *conn) events(f func(number int, sent int64)) error {
	for {
		ctx, cancel := context.WithTimeout(context.Background(), c.silence)
		p, err := c.read(ctx)
		cancel()
		if err != nil {
			return err
		}
		if p.kind == packetDisconnect {
			return errors.New("the server has disconnected it")
		}
		if p.kind == packetEvent {
			if number, sent, ok := c.measured(p.data); ok {
				f(number, sent)
			}
		}
	}
}

// measured takes an event of a measurement apart.
func (c *conn) measured(data []byte) (number int, sent int64, ok bool) {
	if !bytes.Contains(data, []byte(Event)) {
		return 0, 0, false
	}
	var args []any
	if c.decode(data, &args) != nil || len(args) < 3 || args[0] != Event {
		return 0, 0, false
	}
	n, ok1 := whole(args[1])
	sent, ok2 := whole(args[2])
	return int(n), sent, ok1 && ok2
}

func (c *conn) close() { _ = c.ws.CloseNow() }

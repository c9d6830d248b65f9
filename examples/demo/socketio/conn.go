package socketio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// Packet types of Engine.IO, the first byte of every text frame. A binary frame
// has none: it is always a message.
const (
	engineOpen    = '0'
	engineClose   = '1'
	enginePing    = '2'
	enginePong    = '3'
	engineMessage = '4'
	engineNoop    = '6'
)

// Path is where a server answers, as every Socket.IO client expects it.
const Path = "/socket.io/"

const (
	maxFromClient = 1_000_000 // bytes of a frame; the default of Socket.IO servers
	maxFromServer = 64 << 20  // bytes of a frame: more than any emitter sends
)

// Timing says how a server finds out that a client is gone.
type Timing struct {
	PingInterval time.Duration // between two pings; 25 s if 0
	PingTimeout  time.Duration // to wait for the pong; 20 s if 0
}

func (t Timing) withDefaults() Timing {
	if t.PingInterval == 0 {
		t.PingInterval = 25 * time.Second
	}
	if t.PingTimeout == 0 {
		t.PingTimeout = 20 * time.Second
	}
	return t
}

// Conn is an Engine.IO connection over a WebSocket. Write may be called from
// several goroutines, Read from one.
type Conn struct {
	ws      *websocket.Conn
	parser  Parser
	decoder *Decoder
	silence time.Duration // the longest that the other side may say nothing
	write   sync.Mutex    // keeps the frames of a packet together
	closed  chan struct{}
	once    sync.Once // closes closed
}

func newConn(ws *websocket.Conn, p Parser, readLimit int64) *Conn {
	ws.SetReadLimit(readLimit)
	return &Conn{ws: ws, parser: p, decoder: p.NewDecoder(), closed: make(chan struct{})}
}

// open is the handshake that a server sends.
type open struct {
	SID          string   `json:"sid"`
	Upgrades     []string `json:"upgrades"`
	PingInterval int64    `json:"pingInterval"` // milliseconds
	PingTimeout  int64    `json:"pingTimeout"`  // milliseconds
	MaxPayload   int64    `json:"maxPayload"`   // bytes
}

// Accept answers a client's request with an open connection. Requests that are
// not Engine.IO 4 by WebSocket get status 400. Who may connect is for the caller to
// decide: neither Host nor Origin is looked at here.
func Accept(w http.ResponseWriter, r *http.Request, p Parser, sid string, t Timing) (*Conn, error) {
	q := r.URL.Query()
	if q.Get("EIO") != "4" || q.Get("transport") != "websocket" {
		http.Error(w, `this server speaks Engine.IO 4 by WebSocket only: use transports: ["websocket"]`, http.StatusBadRequest)
		return nil, errors.New("not Engine.IO 4 by WebSocket")
	}
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true}) // of the origin
	if err != nil {
		return nil, err
	}
	t = t.withDefaults()
	c := newConn(ws, p, maxFromClient)
	c.silence = t.PingInterval + t.PingTimeout
	hello, err := json.Marshal(open{
		SID: sid, Upgrades: []string{}, MaxPayload: maxFromClient,
		PingInterval: t.PingInterval.Milliseconds(), PingTimeout: t.PingTimeout.Milliseconds(),
	})
	if err == nil {
		err = c.text(r.Context(), engineOpen, hello)
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	go c.ping(t.PingInterval)
	return c, nil
}

// ping ends with the connection.
func (c *Conn) ping(every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-c.closed:
			return
		case <-tick.C:
		}
		ctx, cancel := context.WithTimeout(context.Background(), c.silence)
		err := c.text(ctx, enginePing, nil)
		cancel()
		if err != nil {
			return
		}
	}
}

// Dial connects to the server at url, like "http://127.0.0.1:3000".
func Dial(ctx context.Context, url string, p Parser) (*Conn, error) {
	ws, resp, err := websocket.Dial(ctx, strings.TrimSuffix(url, "/")+Path+"?EIO=4&transport=websocket", nil)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", url, err)
	}
	if resp.Body != nil {
		_ = resp.Body.Close()
	}
	c := newConn(ws, p, maxFromServer)
	_, data, err := ws.Read(ctx)
	var hello open
	if err == nil && (len(data) == 0 || data[0] != engineOpen) {
		err = invalid("the first frame does not open the connection: %.20q", data)
	}
	if err == nil {
		err = json.Unmarshal(data[1:], &hello)
	}
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("connect to %s: %w", url, err)
	}
	c.silence = time.Duration(hello.PingInterval+hello.PingTimeout) * time.Millisecond
	return c, nil
}

// Read returns the next packet. It answers pings meanwhile. io.EOF means that the
// other side closed the connection.
func (c *Conn) Read(ctx context.Context) (*Packet, error) {
	for {
		frame, err := c.readFrame(ctx)
		if err != nil {
			return nil, err
		}
		if !frame.Binary {
			switch kind := frame.Data[0]; kind {
			case engineMessage:
				frame.Data = frame.Data[1:]
			case enginePing:
				if err := c.text(ctx, enginePong, nil); err != nil {
					return nil, err
				}
				continue
			case enginePong, engineNoop:
				continue
			case engineClose:
				return nil, io.EOF
			default:
				return nil, invalid("Engine.IO packet type %q", kind)
			}
		}
		if pk, err := c.decoder.Add(frame); pk != nil || err != nil {
			return pk, err
		}
	}
}

func (c *Conn) readFrame(ctx context.Context) (Frame, error) {
	ctx, cancel := context.WithTimeout(ctx, c.silence)
	defer cancel()
	kind, data, err := c.ws.Read(ctx)
	switch {
	case websocket.CloseStatus(err) != -1:
		return Frame{}, io.EOF
	case err != nil:
		return Frame{}, err
	case kind == websocket.MessageText && len(data) == 0:
		return Frame{}, invalid("an empty text frame")
	}
	return Frame{Binary: kind == websocket.MessageBinary, Data: data}, nil
}

// Write sends a packet.
func (c *Conn) Write(ctx context.Context, pk *Packet) error {
	frames := c.parser.Encode(pk)
	c.write.Lock()
	defer c.write.Unlock()
	for _, f := range frames {
		kind, data := websocket.MessageBinary, f.Data
		if !f.Binary {
			kind, data = websocket.MessageText, append([]byte{engineMessage}, f.Data...)
		}
		if err := c.ws.Write(ctx, kind, data); err != nil {
			return err
		}
	}
	return nil
}

func (c *Conn) text(ctx context.Context, kind byte, data []byte) error {
	c.write.Lock()
	defer c.write.Unlock()
	return c.ws.Write(ctx, websocket.MessageText, append([]byte{kind}, data...))
}

// Close ends the connection at once. It may be called more than once.
func (c *Conn) Close() {
	c.once.Do(func() {
		close(c.closed)
		_ = c.ws.CloseNow()
	})
}

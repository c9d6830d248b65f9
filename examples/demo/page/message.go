package page

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/sioxide/emitter/examples/demo/anatomy"
	"github.com/sioxide/emitter/examples/demo/socketio"
	"github.com/sioxide/emitter/protocol"
)

// Message is one message that passed over Redis.
type Message struct {
	Cluster   string         `json:"cluster"` // common or msgpack
	Channel   string         `json:"channel"`
	Namespace string         `json:"ns"`
	Server    string         `json:"server"` // of a request to one server alone, and of every response
	Response  bool           `json:"response"`
	Type      string         `json:"type"` // like broadcast, join, ack
	Request   string         `json:"request"`
	Event     string         `json:"event"`
	Whom      string         `json:"whom"`  // of a request the selection in words; of a response whose ack it is, or how many it lists
	Own       bool           `json:"own"`   // the page's own, to keep its picture true
	Moves     bool           `json:"moves"` // sockets change rooms or leave
	Size      int            `json:"size"`  // bytes
	Data      []byte         `json:"data"`  // the first maxShown of them
	Parts     []anatomy.Part `json:"parts"` // of Data
	Error     string         `json:"error,omitempty"`
}

// How much of a message is shown.
const (
	maxShown = 4096 // bytes
	maxParts = 400
)

// read takes a message apart. What is no message says so in Error.
func (c *channels) read(channel string, data []byte) *Message {
	m := &Message{Channel: channel, Size: len(data)}
	c.locate(m)
	var parts []anatomy.Part
	var err error
	if m.Response {
		var res *protocol.Response
		if res, parts, err = anatomy.Response(data); err == nil {
			m.respond(res)
		}
	} else {
		var req *protocol.Request
		if req, parts, err = anatomy.Request(data); err == nil {
			m.ask(req)
		}
	}
	if err != nil {
		m.Type, m.Error = "unreadable", err.Error()
	}
	m.Data = data[:min(len(data), maxShown)]
	m.Parts = clip(parts)
	return m
}

// clip leaves out the parts whose bytes are not shown, and shortens the last.
func clip(parts []anatomy.Part) []anatomy.Part {
	for i := range parts {
		if i == maxParts || parts[i].From >= maxShown {
			return parts[:i]
		}
		parts[i].To = min(parts[i].To, maxShown)
	}
	return parts
}

func (m *Message) ask(req *protocol.Request) {
	m.Type, m.Request, m.Whom = req.Type.String(), req.ID.String(), whom(req)
	switch req.Type {
	case protocol.Broadcast, protocol.BroadcastWithAck:
		m.Event = eventName(&req.Packet.Data)
	case protocol.AddSockets, protocol.DelSockets, protocol.DisconnectSockets:
		m.Moves = true
	}
}

func (m *Message) respond(res *protocol.Response) {
	m.Request, m.Server = res.Request.String(), res.Server.String()
	switch res.Kind {
	case protocol.KindAck:
		m.Type, m.Whom = "ack", "socket "+res.Ack.Socket.String()
	case protocol.KindAckCount:
		m.Type, m.Whom = "ack count", strconv.Itoa(res.Count)
	case protocol.KindRooms:
		m.Type, m.Whom = "rooms", strconv.Itoa(len(res.Rooms))
	case protocol.KindSockets:
		m.Type, m.Whom = "sockets", strconv.Itoa(len(res.Sockets))
	}
}

// whom says in words which sockets a request means.
func whom(req *protocol.Request) string {
	o := &req.Opts
	if len(o.Rooms) == 0 && o.Flags&protocol.FlagBroadcast == 0 {
		if o.Sid.IsZero() {
			return "nobody"
		}
		return "socket " + o.Sid.String()
	}
	text := "everybody"
	if len(o.Rooms) > 0 {
		text = strings.Join(o.Rooms, ", ")
		if isProbe(req) {
			return "a room that nobody has"
		}
	}
	except := o.Except
	if !o.Sid.IsZero() && o.Flags&protocol.FlagBroadcast != 0 {
		except = append(except[:len(except):len(except)], "socket "+o.Sid.String())
	}
	if len(except) > 0 {
		text += " but not " + strings.Join(except, ", ")
	}
	return text
}

// isProbe recognises what Servers, Sync and windows ask.
func isProbe(req *protocol.Request) bool {
	if req.Type != protocol.AllRooms || len(req.Opts.Rooms) != 1 {
		return false
	}
	_, err := protocol.ParseID(req.Opts.Rooms[0])
	return err == nil
}

// maxNamed is how large a payload may be, in bytes, for its event's name to be read.
const maxNamed = 1 << 16

func eventName(v *protocol.Value) string {
	data := v.AppendData(nil)
	if len(data) > maxNamed {
		return ""
	}
	if v.Kind == protocol.Text {
		var args []json.RawMessage
		var name string
		if json.Unmarshal(data, &args) != nil || len(args) == 0 || json.Unmarshal(args[0], &name) != nil {
			return ""
		}
		return name
	}
	args, err := socketio.Msgpack.Args(&socketio.Packet{Data: socketio.Value{Raw: data}})
	if err != nil || len(args) == 0 {
		return ""
	}
	name, _ := args[0].(string)
	return name
}

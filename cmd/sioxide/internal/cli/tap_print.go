package cli

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/sioxide/emitter/cmd/sioxide/internal/console"
	"github.com/sioxide/emitter/cmd/sioxide/internal/tap"
	"github.com/sioxide/emitter/outbox"
)

// tapped is a message as JSON.
type tapped struct {
	At        time.Time         `json:"at"`
	Type      string            `json:"type,omitempty"` // broadcast, broadcast with ack, join, …
	Node      string            `json:"node,omitempty"` // who sent it
	Namespace string            `json:"ns,omitempty"`
	Server    string            `json:"server,omitempty"`
	Asks      bool              `json:"asks,omitempty"` // answers are waited for
	Bytes     int               `json:"bytes"`
	Channel   string            `json:"channel"`
	Operation *outbox.Operation `json:"operation,omitempty"`
	Error     string            `json:"error,omitempty"`
}

func newTapped(m *tap.Message) tapped {
	out := tapped{At: m.At, Bytes: m.Bytes, Channel: m.Channel, Namespace: m.Namespace(), Asks: m.Asks(), Operation: m.Operation}
	if r := m.Request; r != nil {
		out.Type, out.Node, out.Server = r.Type.String(), r.Node.String(), r.Server
	}
	if m.Err != nil {
		out.Error = m.Err.Error()
	}
	return out
}

// tapSink prints what passes. Several sources may share it.
func (a *app) tapSink(f *tapFlags) tap.Sink {
	var mu sync.Mutex
	seen := 0
	return tap.Sink{
		Ready: func() { a.console.Note("watching; nothing is missed from here on") },
		Lost:  func(err error) { a.console.Note("the connection was lost, what passes now is missed: %v", err) },
		Message: func(m *tap.Message) error {
			if !f.filter.Wants(m) || f.operations && m.Operation == nil {
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			if f.count > 0 && seen == f.count {
				return errEnough
			}
			if err := a.printTapped(m, f.operations); err != nil {
				return err
			}
			if seen++; seen == f.count {
				return errEnough
			}
			return nil
		},
	}
}

func (a *app) printTapped(m *tap.Message, operations bool) error {
	switch {
	case operations:
		return a.console.WriteJSON(m.Operation)
	case a.console.WritesJSON():
		return a.console.WriteJSON(newTapped(m))
	}
	return a.console.Line("%s  %s", m.At.Format("15:04:05.000"), tapText(m))
}

// tapText is one message for people.
func tapText(m *tap.Message) string {
	if m.Request == nil || m.Err != nil {
		return fmt.Sprintf("%s on %s can't be read: %v", plural(m.Bytes, "byte"), m.Channel, m.Err)
	}
	parts := []string{m.Request.Namespace, m.Request.Type.String()}
	if o := m.Operation; o != nil {
		parts = []string{o.Namespace, string(o.Op)}
		if m.Asks() {
			parts[1] += " with ack"
		}
		parts = append(parts, whatText(o)...)
		parts = append(parts, whomText(o))
	}
	return console.Printable(strings.Join(parts, "  "))
}

func whatText(o *outbox.Operation) []string {
	var parts []string
	if o.Event != "" {
		parts = append(parts, strconv.Quote(o.Event))
	}
	for _, arg := range o.Args {
		parts = append(parts, shorten(arg))
	}
	if len(o.Rooms) > 0 {
		parts = append(parts, strings.Join(o.Rooms, ", "))
	}
	return parts
}

// shorten cuts an argument to what a line has room for.
func shorten(arg json.RawMessage) string {
	const most = 200
	if len(arg) <= most {
		return string(arg)
	}
	return strings.ToValidUTF8(string(arg[:most]), "") + "…"
}

func whomText(o *outbox.Operation) string {
	var parts []string
	add := func(word string, names ...string) {
		if len(names) > 0 && names[0] != "" {
			parts = append(parts, word+" "+strings.Join(names, ", "))
		}
	}
	add("to", o.To...)
	add("to socket", o.Socket)
	if len(o.To) == 0 && o.Socket == "" {
		parts = append(parts, "to everybody")
	}
	add("except", o.Except...)
	add("except socket", o.ExceptSocket)
	add("on server", o.Server)
	if o.Volatile {
		parts = append(parts, "volatile")
	}
	return strings.Join(parts, ", ")
}

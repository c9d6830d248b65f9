package pgxdriver

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/sioxide/emitter/protocol"
)

// maxPayload is the most that a notification carries, in bytes (PostgreSQL 15,
// src/backend/commands/async.c: NOTIFY_PAYLOAD_MAX_LENGTH).
const maxPayload = 7999

// Notification is the payload of a notification, decoded. Exactly one of Request,
// Response and Attachment is set.
type Notification struct {
	Node protocol.ID // who sent it

	Request *protocol.Request

	// Question is the request that is answered, zero for a request. Response.Request
	// says the same.
	Question protocol.ID
	Response *protocol.Response

	Attachment *Attachment
}

// Attachment says where a request or a response stands that is too large for a
// notification.
type Attachment struct {
	Row    int64 // its id in the table
	Binary bool  // it is msgpack, otherwise JSON
}

// Decode reads the payload of a notification. The error wraps protocol.ErrMalformed.
func Decode(payload string) (*Notification, error) {
	var w wrapped
	err := json.Unmarshal([]byte(payload), &w)
	var n *Notification
	if err == nil {
		n, err = w.notification()
	}
	if err != nil {
		if !errors.Is(err, protocol.ErrMalformed) {
			err = fmt.Errorf("%w: %w", protocol.ErrMalformed, err)
		}
		return nil, fmt.Errorf("pgxdriver: decode notification: %w", err)
	}
	return n, nil
}

// wrapped is every form of a payload (socketioxide-postgres 0.2.0, src/lib.rs:
// RequestPacket, ResponsePacket, ResponsePayload).
type wrapped struct {
	Request *struct {
		Node    string          `json:"node_id"`
		Payload json.RawMessage `json:"payload"`
	}
	RequestWithAttachment *struct {
		Node   string `json:"node_id"`
		Binary bool   `json:"is_binary"`
		Row    *int64 `json:"id"`
	}
	Question string `json:"req_id"`
	Node     string `json:"node_id"`
	Payload  *struct {
		Data       json.RawMessage
		Attachment *struct {
			Binary bool   `json:"is_binary"`
			Row    *int64 `json:"id"`
		}
	} `json:"payload"`
}

var errForm = errors.New("it is no request, response or attachment")

func (w *wrapped) notification() (*Notification, error) {
	n := new(Notification)
	var err error
	switch r, a := w.Request, w.RequestWithAttachment; {
	case r != nil:
		if n.Node, err = protocol.ParseID(r.Node); err == nil {
			n.Request, err = protocol.DecodeRequestJSON(r.Payload)
		}
	case a != nil && a.Row != nil:
		n.Attachment = &Attachment{Row: *a.Row, Binary: a.Binary}
		n.Node, err = protocol.ParseID(a.Node)
	case w.Payload != nil:
		err = w.response(n)
	default:
		err = errForm
	}
	return n, err
}

func (w *wrapped) response(n *Notification) (err error) {
	if n.Node, err = protocol.ParseID(w.Node); err != nil {
		return err
	}
	if n.Question, err = protocol.ParseID(w.Question); err != nil {
		return err
	}
	if a := w.Payload.Attachment; a != nil && a.Row != nil {
		n.Attachment = &Attachment{Row: *a.Row, Binary: a.Binary}
		return nil
	}
	if w.Payload.Data == nil {
		return errForm
	}
	if n.Response, err = protocol.DecodeResponseJSON(w.Payload.Data); err == nil {
		n.Response.Request = n.Question
	}
	return err
}

// DecodeRequest reads a request that stood in a row.
func (a *Attachment) DecodeRequest(body []byte) (*protocol.Request, error) {
	if a.Binary {
		return protocol.DecodeRequest(body)
	}
	return protocol.DecodeRequestJSON(body)
}

// DecodeResponse reads an answer to a question that stood in a row.
func (a *Attachment) DecodeResponse(body []byte, question protocol.ID) (*protocol.Response, error) {
	decode := protocol.DecodeResponseJSON
	if a.Binary {
		decode = protocol.DecodeResponse
	}
	res, err := decode(body)
	if err == nil {
		res.Request = question
	}
	return res, err
}

// appendInline appends the payload that carries req itself.
func appendInline(dst []byte, req *protocol.Request) []byte {
	dst = append(dst, `{"Request":{"node_id":"`...)
	dst = append(dst, req.Node[:]...)
	dst = req.AppendJSON(append(dst, `","payload":`...))
	return append(dst, "}}"...)
}

// attachmentHead is the payload that names a row, up to the row's number. The
// statement adds that and two closing braces.
func attachmentHead(node protocol.ID) string {
	return `{"RequestWithAttachment":{"node_id":"` + string(node[:]) + `","is_binary":true,"id":`
}

package protocol

import (
	"encoding/json"
	"errors"
	"fmt"
)

// DecodeResponseJSON reads `{"node_id":…,"type":[kind,body]}`. The response's Request
// is not in it. The error wraps ErrMalformed; a message of more than 64 MiB is
// refused.
func DecodeResponseJSON(data []byte) (*Response, error) {
	res := new(Response)
	if err := res.decodeJSON(data); err != nil {
		return nil, fmt.Errorf("protocol: decode response: %w", err)
	}
	return res, nil
}

func (r *Response) decodeJSON(data []byte) error {
	var (
		j struct {
			Node jsonID          `json:"node_id"`
			Type json.RawMessage `json:"type"`
		}
		body json.RawMessage
	)
	if err := decodeJSON(data, &j); err != nil {
		return err
	}
	if j.Node.IsZero() || j.Type == nil {
		return malformed(errors.New("node_id or type is missing"))
	}
	var kind *Kind
	if err := tuple("response's type", j.Type, &kind, &body); err != nil {
		return malformed(err)
	}
	if kind == nil {
		return malformed(errors.New("the response's kind is null"))
	}
	r.Server, r.Kind = j.Node.ID, *kind
	return malformed(r.bodyJSON(body))
}

func (r *Response) bodyJSON(body []byte) error {
	if string(body) == "null" {
		return errors.New("the response has no body")
	}
	switch r.Kind {
	case KindAck:
		return r.ackJSON(body)
	case KindAckCount:
		var n uint32
		err := json.Unmarshal(body, &n)
		r.Count = int(n)
		return err
	case KindRooms:
		var rooms []string
		err := json.Unmarshal(body, &rooms)
		if len(rooms) > 0 {
			r.Rooms = rooms
		}
		return err
	case KindSockets:
		return r.socketsJSON(body)
	}
	return fmt.Errorf("%d is no kind of response", r.Kind)
}

// ackJSON reads `[sid, {"Ok": Value}]` or `[sid, {"Err": E}]`.
func (r *Response) ackJSON(body []byte) error {
	var (
		socket jsonID
		result map[string]json.RawMessage
	)
	if err := tuple("ack", body, &socket, &result); err != nil {
		return err
	}
	if len(result) != 1 || socket.IsZero() {
		return errors.New("an ack is a socket and one result")
	}
	a := &Ack{Socket: socket.ID}
	r.Ack = a
	if value, ok := result[ackOK]; ok {
		var v *jsonValue
		if err := json.Unmarshal(value, &v); err != nil {
			return err
		}
		if v == nil {
			return errors.New("an ack's value is null")
		}
		a.Value = v.Value
		return nil
	}
	reason, ok := result[ackErr]
	if !ok {
		return errors.New("ack's result is neither Ok nor Err")
	}
	a.Err = ackErrorJSON(reason)
	return nil
}

// ackErrorJSON reads "Timeout" or {"Socket": reason}; what it does not know is
// AckUnknownError.
func ackErrorJSON(data []byte) AckError {
	var name string
	if json.Unmarshal(data, &name) == nil {
		if name == ackTimeout {
			return AckTimedOut
		}
		return AckUnknownError
	}
	var socket map[string]json.RawMessage
	_ = json.Unmarshal(data, &socket)
	_ = json.Unmarshal(socket[ackSocket], &name)
	switch name {
	case ackSocketClosed:
		return AckSocketClosed
	case ackSocketFull:
		return AckSocketFull
	}
	return AckUnknownError
}

func (r *Response) socketsJSON(body []byte) error {
	var list []struct {
		ID     jsonID `json:"id"`
		Server jsonID `json:"server_id"`
		NS     string `json:"ns"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return err
	}
	for _, s := range list {
		if s.ID.IsZero() || s.Server.IsZero() {
			return errors.New("a socket without id or server_id")
		}
		r.Sockets = append(r.Sockets, Socket{ID: s.ID.ID, Server: s.Server.ID, Namespace: s.NS})
	}
	return nil
}

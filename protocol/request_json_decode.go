package protocol

import (
	"errors"
	"fmt"
	"time"
)

// DecodeRequestJSON reads what AppendJSON writes, or a server. Prefix, Server and
// Count are not on the wire; Namespace is the packet's, and empty where there is
// none. The error wraps ErrMalformed; a message of more than 64 MiB is refused.
func DecodeRequestJSON(data []byte) (*Request, error) {
	var j jsonRequest
	err := decodeJSON(data, &j)
	if err == nil {
		err = malformed(j.check())
	}
	if err != nil {
		return nil, fmt.Errorf("protocol: decode request: %w", err)
	}
	return j.request(), nil
}

type jsonRequest struct {
	Node       jsonID      `json:"node_id"`
	ID         jsonID      `json:"id"`
	Type       *Type       `json:"type"`
	Packet     *jsonPacket `json:"packet"`
	Rooms      *[]string   `json:"rooms"`
	Opts       *jsonOpts   `json:"opts"`
	AckTimeout *uint64     `json:"ack_timeout_ms"`
}

type jsonPacket struct {
	Namespace string     `json:"ns"`
	Type      PacketType `json:"type"`
	Data      *jsonValue `json:"data"`
}

type jsonOpts struct {
	Flags  *Flags    `json:"flags"`
	Rooms  *[]string `json:"rooms"`
	Except *[]string `json:"except"`
	Sid    jsonID    `json:"sid"`
}

func (j *jsonRequest) check() error {
	const mostMillis = uint64(1<<63-1) / uint64(time.Millisecond)
	if j.Type == nil {
		return errors.New("type is missing")
	}
	bare := Request{Node: j.Node.ID, ID: j.ID.ID, Type: *j.Type}
	if fault := bare.fault(j.Packet != nil, j.Rooms != nil, j.Opts != nil); fault != "" {
		return errors.New(fault)
	}
	switch p, o := j.Packet, j.Opts; {
	case p != nil && p.Type != Event && p.Type != BinaryEvent:
		return fmt.Errorf("a packet of type %d, want an event", p.Type)
	case p != nil && p.Data == nil:
		return errors.New("packet's data is missing")
	case o != nil && (o.Flags == nil || o.Rooms == nil || o.Except == nil):
		return errors.New("flags, rooms or except is missing in opts")
	case j.AckTimeout != nil && *j.AckTimeout > mostMillis:
		return fmt.Errorf("ack_timeout_ms is out of its range of 0 to %d", mostMillis)
	}
	return nil
}

// request is called after check.
func (j *jsonRequest) request() *Request {
	r := &Request{Node: j.Node.ID, ID: j.ID.ID, Type: *j.Type}
	if p := j.Packet; p != nil {
		r.Namespace = p.Namespace
		r.Packet = Packet{Namespace: p.Namespace, Type: p.Type, Data: p.Data.Value}
	}
	if j.Rooms != nil && len(*j.Rooms) > 0 {
		r.Rooms = *j.Rooms
	}
	if o := j.Opts; o != nil {
		r.Opts = Opts{Flags: *o.Flags, Sid: o.Sid.ID}
		if len(*o.Rooms) > 0 {
			r.Opts.Rooms = *o.Rooms
		}
		if len(*o.Except) > 0 {
			r.Opts.Except = *o.Except
		}
	}
	if j.AckTimeout != nil {
		r.AckTimeout = time.Duration(*j.AckTimeout) * time.Millisecond
	}
	return r
}

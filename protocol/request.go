package protocol

import (
	"slices"
	"time"
)

// Type is what a request asks for (socketioxide-core,
// src/adapter/remote_packet.rs: RequestTypeOut).
type Type uint8

const (
	Broadcast         Type = 0 // hand the packet to the sockets meant
	BroadcastWithAck  Type = 1 // the same, and send back what each socket answers
	DisconnectSockets Type = 2 // the sockets leave the namespace
	AllRooms          Type = 3 // which rooms the sockets are in
	AddSockets        Type = 4 // the sockets join Request.Rooms
	DelSockets        Type = 5 // the sockets leave Request.Rooms
	FetchSockets      Type = 6 // which sockets there are
	Heartbeat         Type = 20
	InitHeartbeat     Type = 21
)

// Flags of a selection (socketioxide-core, src/adapter/mod.rs: BroadcastFlags).
type Flags uint8

const (
	FlagLocal     Flags = 1 // receivers ignore it
	FlagBroadcast Flags = 2 // everybody but Opts.Sid; without it Opts.Sid alone is meant
	FlagVolatile  Flags = 4 // a socket that is not ready may miss it
)

// Opts says which sockets a request means. With Rooms: those in any of them.
// Without: everybody when FlagBroadcast is set, otherwise the socket Sid. Except
// takes away the sockets in any of its rooms, FlagBroadcast also the socket Sid.
type Opts struct {
	Flags  Flags
	Rooms  []string
	Except []string
	Sid    ID // zero: none
}

// PacketType is the Socket.IO packet type of an event.
type PacketType uint8

const (
	Event       PacketType = 2
	BinaryEvent PacketType = 5 // exactly when the value is Text and has attachments
)

// Packet is the event that a broadcast carries.
type Packet struct {
	Namespace string
	Type      PacketType
	Data      Value
}

// Request is what one process of a cluster asks the others to do.
type Request struct {
	Prefix, Namespace string        // they name the channel; Namespace has its leading slash
	Server            string        // the server whose own channel is meant, "" for all
	Node, ID          ID            // who asks, and the name of this question
	Type              Type          // what is asked
	Packet            Packet        // of Broadcast and BroadcastWithAck
	Rooms             []string      // of AddSockets and DelSockets
	Opts              Opts          // whom it is about
	AckTimeout        time.Duration // how long servers wait for acks; 0 sends nothing, and they use their own
	Count             bool          // the number of servers is wanted, without pattern subscribers

	// Raw, when not nil, is the whole wire form, msgpack: it is sent as it is, and
	// Node, ID, Type, Packet, Rooms, Opts and AckTimeout are not looked at. Its
	// bytes never change again, so a clone shares them.
	Raw []byte
}

// Clone returns a request that shares no memory with r that anyone may change.
func (r *Request) Clone() *Request {
	c := *r
	if r.Raw != nil {
		c.Packet, c.Rooms, c.Opts = Packet{}, nil, Opts{}
		return &c
	}
	c.Packet.Data = r.Packet.Data.Clone()
	c.Rooms = slices.Clone(r.Rooms)
	c.Opts.Rooms = slices.Clone(r.Opts.Rooms)
	c.Opts.Except = slices.Clone(r.Opts.Except)
	return &c
}

// CloneInto makes c what Clone returns, in the memory of what c was before, of which
// nobody may have kept anything.
func (r *Request) CloneInto(c *Request) {
	if r.Raw != nil || r.Packet.Data.Attachments != nil {
		*c = *r.Clone()
		return
	}
	data, rooms, picked, except := c.Packet.Data.Data, c.Rooms, c.Opts.Rooms, c.Opts.Except
	*c = *r
	v := &c.Packet.Data
	v.Data = r.Packet.Data.AppendData(slices.Grow(data[:0], r.Packet.Data.DataLen()))
	v.Splices = nil
	c.Rooms = append(rooms[:0], r.Rooms...)
	c.Opts.Rooms = append(picked[:0], r.Opts.Rooms...)
	c.Opts.Except = append(except[:0], r.Opts.Except...)
}

// HasPacket tells whether requests of type t carry a packet.
func (t Type) HasPacket() bool { return t == Broadcast || t == BroadcastWithAck }

// HasRooms tells whether requests of type t name rooms to join or leave.
func (t Type) HasRooms() bool { return t == AddSockets || t == DelSockets }

// IsAnswered tells whether each server answers requests of type t.
func (t Type) IsAnswered() bool {
	return t == BroadcastWithAck || t == AllRooms || t == FetchSockets
}

var typeNames = map[Type]string{
	Broadcast: "broadcast", BroadcastWithAck: "broadcast with ack", DisconnectSockets: "disconnect",
	AllRooms: "rooms", AddSockets: "join", DelSockets: "leave", FetchSockets: "sockets",
	Heartbeat: "heartbeat", InitHeartbeat: "init heartbeat",
}

// String names the type in words.
func (t Type) String() string {
	if s, ok := typeNames[t]; ok {
		return s
	}
	return "unknown"
}

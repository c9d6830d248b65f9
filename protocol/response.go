package protocol

// Kind is what a response answers (socketioxide-core,
// src/adapter/remote_packet.rs: ResponseTypeId).
type Kind uint8

const (
	KindAck      Kind = 0 // one socket's answer to a BroadcastWithAck
	KindAckCount Kind = 1 // how many KindAck will follow from this server; its first answer
	KindRooms    Kind = 2 // the rooms of AllRooms
	KindSockets  Kind = 3 // the sockets of FetchSockets

	// KindClosed is never on the wire: a listener that is closed tells it to the
	// questions that still wait.
	KindClosed Kind = 255
)

// Response is one server's answer to a Request.
type Response struct {
	Request, Server ID       // the question, and who answers it
	Kind            Kind     // says which of the following is set
	Ack             *Ack     // of KindAck
	Count           int      // of KindAckCount
	Rooms           []string // of KindRooms, in no order
	Sockets         []Socket // of KindSockets
}

// Ack is what one socket answered.
type Ack struct {
	Socket ID
	Value  Value    // the arguments, without an event name, when Err is AckOK
	Err    AckError // why there is no value
}

// AckError says why a socket did not answer (socketioxide-core, src/errors.rs:
// AckError, SocketError).
type AckError uint8

const (
	AckOK           AckError = iota
	AckTimedOut              // the client did not answer within the server's ack timeout
	AckSocketClosed          // the client left
	AckSocketFull            // the server's queue for that client was full: the event was not sent to it
	AckUnknownError          // a server said something that this version does not know
)

// Socket is one connected client in one namespace.
type Socket struct {
	ID, Server ID
	Namespace  string
}

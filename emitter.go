package emitter

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sioxide/emitter/protocol"
)

// nodeID names this process to the servers.
var nodeID = protocol.NewNodeID()

// Emitter says through which driver, with which parser and to which sockets an
// operation goes. It is a value: every builder call returns a new one and leaves
// its receiver as it was, so one Emitter may be kept, forked and used by many
// goroutines at once. Without To or ToSocket it means all sockets of its
// namespace.
//
// What a builder call finds wrong is kept and returned by the operation. The zero
// Emitter's operations return ErrNoDriver.
type Emitter struct {
	core      *core
	route     *route
	prefix    string
	namespace string
	room      string   // the first of To's rooms, kept here so that To("x") allocates nothing
	more      []string // the others
	except    []string
	server    string
	sid       protocol.ID
	sidUse    sidUse
	parser    Parser
	volatile  bool
	timed     bool // timeout was set
	misnamed  bool // prefix or namespace was refused: check says why
	timeout   time.Duration
	err       error // the first mistake in the selection
}

// core is what all emitters built from one New share.
type core struct {
	maxMessage     int
	requireServers bool
	oncePerSocket  bool
	tracker        tracker
}

// sidUse says what Emitter.sid is for.
type sidUse uint8

const (
	sidUnused sidUse = iota
	sidTo            // that socket alone
	sidExcept        // all but that socket
)

// New makes an emitter for a cluster that uses the common parser, Socket.IO's
// default: namespace "/", prefix "socket.io". d must outlive it.
func New(d Driver, opts ...Option) Emitter { return newEmitter(d, Common, opts) }

func newEmitter(d Driver, p Parser, opts []Option) Emitter {
	c := config{parser: p, prefix: DefaultPrefix, maxMessage: DefaultMaxMessage}
	for _, o := range opts {
		if o != nil {
			o.apply(&c)
		}
	}
	e := Emitter{
		core:      &core{maxMessage: c.maxMessage, requireServers: c.requireServers, oncePerSocket: c.oncePerSocket},
		route:     newRoute(d),
		prefix:    c.prefix,
		namespace: "/",
		parser:    c.parser,
	}
	e.misnamed = e.checkNames() != nil
	return e
}

// Of selects a namespace, in place of the one before. A missing leading slash is
// added; "" is "/".
func (e Emitter) Of(namespace string) Emitter {
	if !strings.HasPrefix(namespace, "/") {
		namespace = "/" + namespace
	}
	e.namespace = namespace
	e.misnamed = e.checkNames() != nil
	return e
}

// To selects the sockets that are in any of the rooms; further calls add rooms. No
// room at all, and an empty name, are ErrSelection. A socket is in a room named by
// its id only if the server's code joins it: see ToSocket.
func (e Emitter) To(rooms ...string) Emitter { return e.to("To", rooms) }

// In is To.
func (e Emitter) In(rooms ...string) Emitter { return e.to("In", rooms) }

// Within is To.
func (e Emitter) Within(rooms ...string) Emitter { return e.to("Within", rooms) }

func (e Emitter) to(call string, rooms []string) Emitter {
	if len(rooms) == 0 {
		return e.fail(refuse(ErrSelection, "%s without rooms (leave the call out to mean everybody)", call))
	}
	if err := checkRooms(call, rooms); err != nil {
		return e.fail(err)
	}
	if e.sidUse == sidTo {
		return e.fail(excludes(call, "ToSocket"))
	}
	if e.room == "" {
		e.room, rooms = rooms[0], rooms[1:]
	}
	if len(rooms) > 0 {
		e.more = slices.Concat(e.more, rooms)
	}
	return e
}

// Except leaves out the sockets that are in any of the rooms; further calls add
// rooms, and no rooms change nothing.
func (e Emitter) Except(rooms ...string) Emitter {
	if len(rooms) == 0 {
		return e
	}
	if err := checkRooms("Except", rooms); err != nil {
		return e.fail(err)
	}
	if e.sidUse == sidTo {
		return e.fail(excludes("Except", "ToSocket"))
	}
	e.except = slices.Concat(e.except, rooms)
	return e
}

// ToSocket selects one socket by its id, whatever rooms it is in. It goes with
// ToServer, and with no other selection.
func (e Emitter) ToSocket(id string) Emitter { return e.withSocket("ToSocket", id, sidTo) }

// ExceptSocket leaves out one socket by its id.
func (e Emitter) ExceptSocket(id string) Emitter { return e.withSocket("ExceptSocket", id, sidExcept) }

func (e Emitter) withSocket(call, id string, use sidUse) Emitter {
	sid, err := protocol.ParseID(id)
	if err != nil {
		return e.fail(refuse(ErrID, "%s: %v", call, err))
	}
	switch {
	case e.sidUse == sidTo:
		return e.fail(excludes(call, "ToSocket"))
	case e.sidUse == sidExcept:
		return e.fail(excludes(call, "ExceptSocket"))
	case use == sidTo && e.room != "":
		return e.fail(excludes(call, "To"))
	case use == sidTo && len(e.except) > 0:
		return e.fail(excludes(call, "Except"))
	}
	e.sid, e.sidUse = sid, use
	return e
}

// ToServer sends the operation to one server only, by its own channel: it sees
// only that server's sockets. Another server than one given before is
// ErrSelection.
func (e Emitter) ToServer(id string) Emitter {
	if _, err := protocol.ParseID(id); err != nil {
		return e.fail(refuse(ErrID, "ToServer: %v", err))
	}
	if e.server != "" && e.server != id {
		return e.fail(refuse(ErrSelection, "ToServer(%q) after ToServer(%q): an operation goes to one server or to all", id, e.server))
	}
	e.server = id
	return e
}

// Volatile lets servers drop the event for clients that are not ready to take it.
// Servers before socketioxide-core 0.18.2 ignore it.
func (e Emitter) Volatile() Emitter {
	e.volatile = true
	return e
}

// Timeout sets how long an operation that is answered waits, in place of the time
// before: Sockets, Rooms, Servers and Sync wait d (5 s without it). For
// EmitWithAck the servers are told to wait d for each client and the call waits
// d + 1 s; without it the servers wait their own time (5 s unless configured) and
// the call 6 s. A deadline of the context wins and shortens d. Less than 1 ms is
// ErrTimeout at once. Where a backend does not count its servers, the first question in
// a namespace needs a second.
func (e Emitter) Timeout(d time.Duration) Emitter {
	e.timeout, e.timed = d, true
	return e
}

// Prefix sets the prefix of the cluster's channels, in place of the one before.
func (e Emitter) Prefix(prefix string) Emitter {
	e.prefix = prefix
	e.misnamed = e.checkNames() != nil
	return e
}

// Via returns the same emitter with another driver: a batch, a transaction.
func (e Emitter) Via(d Driver) Emitter {
	e.route = newRoute(d)
	return e
}

// fail keeps err unless an earlier call has failed already.
func (e Emitter) fail(err error) Emitter {
	if e.err == nil {
		e.err = err
	}
	return e
}

func excludes(call, earlier string) error {
	return refuse(ErrSelection, "%s together with %s: they exclude each other", call, earlier)
}

func checkRooms(call string, rooms []string) error {
	for _, r := range rooms {
		if r == "" {
			return refuse(ErrSelection, "%s(%q): a room's name can't be empty", call, r)
		}
		if !utf8.ValidString(r) {
			return refuse(ErrSelection, "%s(%s): a room's name must be UTF-8", call, quote(r))
		}
	}
	return nil
}

// check finds what is wrong with the emitter before anything is encoded.
func (e *Emitter) check() error {
	switch {
	case e.route == nil || e.core == nil:
		return ErrNoDriver
	case e.err != nil:
		return e.err
	case e.misnamed:
		return e.checkNames()
	}
	return nil
}

func (e *Emitter) checkNames() error {
	if e.prefix == "" {
		return refuse(ErrPrefix, "it is empty; the default is %q", DefaultPrefix)
	}
	if err := checkName(ErrPrefix, e.prefix); err != nil {
		return err
	}
	return checkName(ErrNamespace, e.namespace)
}

func checkName(sentinel error, name string) error {
	if strings.IndexByte(name, '#') >= 0 {
		return refuse(sentinel, "%s contains a '#', which separates the parts of channel names", quote(name))
	}
	if !utf8.ValidString(name) {
		return refuse(sentinel, "%s is not UTF-8", quote(name))
	}
	return nil
}

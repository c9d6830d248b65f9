package outbox

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/sioxide/emitter"
)

// Version of the form that this package reads and writes.
const Version = 1

// Limits of what is read and written.
const (
	MaxSize  = 16 << 20 // bytes of an operation
	MaxDepth = 128      // arrays and objects in one another in args, the list itself included
)

// Op says what an operation does.
type Op string

// The operations.
const (
	Emit       Op = "emit"
	Join       Op = "join"
	Leave      Op = "leave"
	Disconnect Op = "disconnect"
)

// Operation is one operation on a cluster: what is done, and to which sockets. The
// fields have the names and the defaults of the JSON form, told by the package's
// documentation.
type Operation struct {
	ID           string
	Op           Op
	Prefix       string // "" is "socket.io"
	Namespace    string // "" is "/"
	To           []string
	Except       []string
	Socket       string
	ExceptSocket string
	Server       string
	Volatile     bool
	Event        string
	Args         []json.RawMessage // in the form with $bin and $esc; see NewArgs
	Rooms        []string
	At           time.Time
	// Raw, when not nil, is a whole request in msgpack, as servers take it. Beside it
	// there are ID, Prefix, Namespace, Server and At only; see FromRequestRaw.
	Raw []byte
}

// ErrInvalid is wrapped by every error about an operation that breaks its form.
var ErrInvalid = errors.New("not a valid operation")

// FieldError says which field of an operation is wrong, and why. It wraps
// ErrInvalid.
type FieldError struct {
	Field string // as in the JSON form: "event", "args[2]"
	Err   error
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Err.Error() }

// Unwrap returns ErrInvalid and what is wrong with the field.
func (e *FieldError) Unwrap() []error { return []error{ErrInvalid, e.Err} }

func bad(field, format string, args ...any) error {
	return &FieldError{field, fmt.Errorf(format, args...)}
}

// Check finds what breaks the form: an operation without what it needs, or with
// what it does not take. Names and ids are the emitter's to judge, by Perform.
func (o *Operation) Check() error {
	if err := o.check(); err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	return nil
}

func (o *Operation) check() error {
	if o.Raw != nil {
		return o.checkRaw()
	}
	switch o.Op {
	case Emit:
		if o.Event == "" {
			return bad("event", "an emit needs the name of its event")
		}
	case Join, Leave:
		if len(o.Rooms) == 0 {
			return bad("rooms", "a %s needs at least one room", o.Op)
		}
	case Disconnect:
	case "":
		return bad("op", "it is missing: emit, join, leave or disconnect, or raw in its place")
	default:
		return bad("op", "%q is none of emit, join, leave and disconnect", clip(string(o.Op)))
	}
	if err := o.checkForeign(); err != nil {
		return err
	}
	return o.checkText()
}

// checkForeign refuses the fields of other operations.
func (o *Operation) checkForeign() error {
	emit, moves := o.Op == Emit, o.Op == Join || o.Op == Leave
	for _, f := range []struct {
		name  string
		wrong bool
	}{
		{"event", o.Event != "" && !emit},
		{"args", len(o.Args) > 0 && !emit},
		{"volatile", o.Volatile && !emit},
		{"rooms", len(o.Rooms) > 0 && !moves},
	} {
		if f.wrong {
			return bad(f.name, "not a field of %s", o.Op)
		}
	}
	return nil
}

// prefix and namespace, with their defaults.
func (o *Operation) prefix() string    { return cmp.Or(o.Prefix, emitter.DefaultPrefix) }
func (o *Operation) namespace() string { return cmp.Or(o.Namespace, "/") }

// clip keeps a refused text short enough for an error message.
func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}

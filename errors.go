package emitter

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sioxide/emitter/parser"
)

// The errors of operations wrap one of these, or the cause from the driver, the
// context or the parser. Test for them with errors.Is.
var (
	// ErrNoDriver is returned by the operations of the zero Emitter, of New(nil) and
	// of a nil PublishFunc.
	ErrNoDriver = errors.New("no driver (make the emitter with New and a driver)")

	// ErrNamespace is returned when the name given to Of contains a '#' or is not
	// UTF-8.
	ErrNamespace = errors.New("bad namespace")

	// ErrPrefix is returned when the prefix is empty, contains a '#' or is not UTF-8.
	ErrPrefix = errors.New("bad prefix")

	// ErrEvent is returned when the event's name is empty or not UTF-8, and for a
	// Prepared that Prepare did not make.
	ErrEvent = errors.New("bad event name")

	// ErrReservedEvent is returned for the event names that Socket.IO keeps for
	// itself: connect, connect_error, disconnect, disconnecting, newListener and
	// removeListener.
	ErrReservedEvent = errors.New("reserved event name")

	// ErrSelection is returned when the selection makes no sense: no room or an empty
	// room name given to To, Join or Leave, or calls that exclude each other.
	ErrSelection = errors.New("bad selection")

	// ErrID is returned when the id of a socket or a server is not 16 characters of
	// A-Z a-z 0-9 - _.
	ErrID = errors.New("bad id")

	// ErrParser is returned when the emitter's parser is not in this build, is not a
	// known one, or is not the one that an event was prepared with.
	ErrParser = errors.New("wrong parser")

	// ErrRequest is returned by Forward for a request that is no operation, or that
	// servers or clients could not read.
	ErrRequest = errors.New("bad request")

	// ErrNoServers is returned by what asks, and under RequireServers by every
	// operation, when no server listens on the channel.
	ErrNoServers = errors.New("no server listens")

	// ErrTooLarge is returned when a message is larger than WithMaxMessage allows.
	ErrTooLarge = errors.New("message too large")

	// ErrTimeout is returned when an answer did not come in time.
	ErrTimeout = errors.New("timed out")

	// ErrClosed is returned by calls that wait when the driver they wait on is closed.
	ErrClosed = errors.New("closed")

	// ErrAckTimeout is an Ack's error when the client did not answer within the
	// server's ack timeout.
	ErrAckTimeout = errors.New("the client did not answer in time")

	// ErrSocketClosed is an Ack's error when the client left before it answered, and
	// is returned for a socket that no server lists.
	ErrSocketClosed = errors.New("the socket is closed")

	// ErrSocketFull is an Ack's error when the server's queue for the client was full,
	// so that the event was not sent to it.
	ErrSocketFull = errors.New("the socket's queue is full")

	// ErrUnsupported is returned when a driver, or a parser, cannot do what is asked.
	ErrUnsupported = errors.ErrUnsupported
)

// ArgumentError says which argument of an event could not be encoded, and where
// in it. Index counts from 0; Path is empty or like ".a[3].b".
type ArgumentError = parser.ArgumentError

// NotSent marks err: certainly nothing was sent. Drivers mark what fails before
// the backend can have seen the request; SafeToRetry reads the mark.
func NotSent(err error) error {
	if err == nil {
		return nil
	}
	return &notSentError{err}
}

type notSentError struct{ err error }

func (e *notSentError) Error() string { return e.err.Error() }
func (e *notSentError) Unwrap() error { return e.err }

// SafeToRetry tells whether err, returned by an operation or a driver, is certain
// to mean that nothing was sent: it was found before the driver was asked, or the
// driver marked it by NotSent. After any other error the request may have been
// delivered, and to send it again may deliver it twice.
func SafeToRetry(err error) bool {
	for err != nil {
		switch e := err.(type) { //nolint:errorlint // each link of the chain is looked at in turn
		case *notSentError:
			return true
		case *partlySentError, *BatchError:
			return false
		case interface{ Unwrap() error }:
			err = e.Unwrap()
		case interface{ Unwrap() []error }:
			return slices.ContainsFunc(e.Unwrap(), SafeToRetry)
		default:
			return false
		}
	}
	return false
}

// partlySentError is the error of an operation of several requests of which some
// were sent, whatever became of the one that failed.
type partlySentError struct {
	sent, of int
	err      error
}

func (e *partlySentError) Error() string {
	return fmt.Sprintf("%d of its %d requests were sent: %v", e.sent, e.of, e.err)
}

func (e *partlySentError) Unwrap() error { return e.err }

// opError is what every operation returns: what was done, to what, and why it
// went wrong.
type opError struct {
	op        string // "emit", "join", …
	what      string // the event, quoted, or the rooms; may be empty
	where     string // what joins the namespace to it; "" is "to"
	namespace string
	err       error
}

func (e *opError) Error() string {
	var b strings.Builder
	b.WriteString("emitter: ")
	b.WriteString(e.op)
	if e.what != "" {
		b.WriteByte(' ')
		b.WriteString(e.what)
	}
	b.WriteByte(' ')
	b.WriteString(cmp.Or(e.where, "to"))
	b.WriteByte(' ')
	b.WriteString(e.namespace)
	b.WriteString(": ")
	b.WriteString(e.err.Error())
	return b.String()
}

func (e *opError) Unwrap() error { return e.err }

// refuse wraps a sentinel with the value that is refused and the remedy.
func refuse(sentinel error, format string, args ...any) error {
	return fmt.Errorf("%w: %s", sentinel, fmt.Sprintf(format, args...))
}

// quote shows a refused text, cut to a length that suits a message.
func quote(s string) string {
	const most = 64
	if len(s) > most {
		return fmt.Sprintf("%q…", s[:most])
	}
	return fmt.Sprintf("%q", s)
}

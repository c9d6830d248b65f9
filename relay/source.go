package relay

import (
	"context"
	"time"
)

// Source is where operations wait. Several relays share a source, and each message is
// with one of them at a time. Its methods are called by one goroutine, one at a time,
// except Lag and Close.
type Source interface {
	// Fetch waits until there are messages, or ctx ends, and returns no more
	// than most of them, of about bytes at most. Messages of one key come in their order, and none
	// comes while an earlier one of its key is with another relay. What was fetched
	// and never settled comes again: to another relay when this one is gone or has
	// lost its claim, to this one after Release.
	Fetch(ctx context.Context, most, bytes int) ([]Message, error)

	// Settle removes messages for good, those with a Reason into the dead letters first.
	// A message whose claim was lost meanwhile is left to its new owner, without an
	// error: it will be performed twice.
	Settle(ctx context.Context, outcomes []Outcome) error

	// Release gives back all that was fetched and not settled, to come again from
	// Fetch, before anything later of its key.
	Release(ctx context.Context) error

	// Lag returns how many messages wait, and since when the oldest does: zero where
	// the source can't tell.
	Lag(ctx context.Context) (waiting int64, oldest time.Time, err error)

	// Close gives back what is not settled and ends the source's own parts, not a
	// client that it was given.
	Close(ctx context.Context) error
}

// Message is one operation as it waits in a source.
type Message struct {
	Key  string    // messages of one key keep their order
	ID   string    // what the source knows it by, unique in it, for logs: "topic/3/17"
	Data []byte    // the operation's JSON; the source's own until it is settled
	At   time.Time // when it was written; zero where the source does not know
	Ref  any       // the source's own
}

// Outcome is what became of a message.
type Outcome struct {
	Message Message
	Reason  string // "" when it was performed, dropped or a duplicate; otherwise why it is a dead letter
}

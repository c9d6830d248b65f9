package relay

import (
	"errors"
	"fmt"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/outbox"
)

// errGone is the error of an operation for one server that no longer is there, while
// others of its namespace are.
var errGone = errors.New("the server that it is for is gone")

// errMissing is the error of operations that not all servers can have taken.
var errMissing = errors.New("servers are missing")

// tries of an operation whose server is gone, or that fails by itself while its cluster
// answers.
const (
	goneTries   = 3
	faultyTries = 5
)

// refusals are the errors that an operation meets however often it is performed.
var refusals = []error{
	outbox.ErrInvalid, emitter.ErrNamespace, emitter.ErrPrefix, emitter.ErrEvent, emitter.ErrReservedEvent, emitter.ErrSelection,
	emitter.ErrID, emitter.ErrParser, emitter.ErrRequest, emitter.ErrTooLarge, emitter.ErrUnsupported, emitter.ErrSocketClosed,
}

// isRefused tells whether an operation itself is at fault, and nothing of it was sent.
func isRefused(err error) bool {
	if errors.As(err, new(*emitter.ArgumentError)) {
		return true
	}
	for _, sentinel := range refusals {
		if errors.Is(err, sentinel) {
			return true
		}
	}
	return false
}

// isLate tells whether a flush only says that clients did not answer, or had no room.
func isLate(err error) bool {
	return errors.Is(err, emitter.ErrAckTimeout) || errors.Is(err, emitter.ErrSocketFull)
}

// reasonOf is what stands beside a dead letter.
func reasonOf(err error) string {
	const most = 1000
	s := err.Error()
	if len(s) > most {
		s = s[:most] + "…"
	}
	return s
}

func giveUp(err error, tries int) string {
	return reasonOf(fmt.Errorf("tried %d times: %w", tries, err))
}

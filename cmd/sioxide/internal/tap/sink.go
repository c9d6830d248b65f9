package tap

import (
	"context"
	"errors"
	"time"
)

// Sink takes what a source sees. Its error ends the source.
type Sink struct {
	Ready   func() // nothing is missed from now on
	Message func(*Message) error
	Lost    func(error) // what passes is missed until Ready is called again
}

// How long a silent connection is believed, and how long a lost one rests.
const (
	silence  = 20 * time.Second
	lostRest = 500 * time.Millisecond
)

// sinkError marks what the sink returned.
type sinkError struct{ err error }

func enough(err error) error { return &sinkError{err} }

func (e *sinkError) Error() string { return e.err.Error() }

// again watches over one connection after another until ctx ends, the sink has enough,
// the first connection fails before it is ready, or final says that a further one
// would fail as well.
func (s *Sink) again(ctx context.Context, final func(error) bool, watch func() (ready bool, err error)) error {
	for once, told := false, false; ; {
		ready, err := watch()
		once, told = once || ready, told && !ready
		var stop *sinkError
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &stop):
			return stop.err
		case !once || final(err):
			return err
		}
		if !told {
			s.Lost(err)
			told = true
		}
		if !rest(ctx, lostRest) {
			return ctx.Err()
		}
	}
}

// rest is false when ctx ends first.
func rest(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

package stream

import (
	"context"
	"errors"
	"fmt"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/outbox"
)

// sender hands operations over, through a batch, and knows the line of each one that
// is not sent yet.
type sender struct {
	config  Config
	batch   *emitter.Batch
	through emitter.Emitter
	server  string // of the last operation
	direct  int    // performed without the batch
	count   int    // recorded in the batch, by order of recording
	kept    []int  // line numbers of what is recorded and may not be sent yet; the last is number count-1
	failed  int    // of count, given up by the batch
	doubt   int    // that may have been sent
	bad     int    // of failed, refused
	skipped int    // read after the end was asked for
	next    int    // the first of them
	warning error
}

func newSender(c Config) *sender {
	s := &sender{config: c}
	if c.Perform == nil {
		s.batch = emitter.NewBatch(c.Driver, c.Batch...)
		s.through = c.Emitter.Via(s.batch)
	}
	return s
}

// send performs one line. bad means that the line itself is at fault and nothing of
// it was sent; any other error ends the run.
func (s *sender) send(ctx context.Context, l line) (bad bool, err error) {
	if s.batch == nil {
		return s.perform(ctx, l, s.config.Perform)
	}
	alone := asksFirst(l.op)
	if alone || l.op.Server != s.server {
		// A server takes what is sent to it alone from a queue of its own: only a flush,
		// which ends when the servers have taken everything, keeps the order.
		if err := s.flush(ctx); err != nil {
			s.skip(l)
			return false, err
		}
	}
	if s.server = l.op.Server; alone {
		return s.perform(ctx, l, s.joinOne)
	}
	err = l.op.Perform(ctx, s.through)
	if flush := (*emitter.BatchError)(nil); err != nil && !errors.As(err, &flush) {
		return s.refused(l, err)
	}
	s.count++
	s.kept = append(s.kept, l.number)
	return false, s.settle(err)
}

// joinOne lets one socket join, by its own server's channel, and waits until that
// has taken it.
func (s *sender) joinOne(ctx context.Context, _ int, op *outbox.Operation) error {
	if err := op.Perform(ctx, s.config.Emitter); err != nil {
		return err
	}
	everybody := outbox.Operation{Prefix: op.Prefix, Namespace: op.Namespace}
	return everybody.Select(s.config.Emitter).Sync(ctx)
}

// refused judges an error of an operation of which nothing was sent.
func (s *sender) refused(l line, err error) (bad bool, _ error) {
	if isOwnFault(err) {
		return true, err
	}
	s.skip(l)
	return false, fmt.Errorf("line %d: %w", l.number, err)
}

// asksFirst tells whether an operation waits for an answer before it is sent, which
// a batch can't.
func asksFirst(op *outbox.Operation) bool {
	return op.Op == outbox.Join && op.Socket != "" && op.Server == ""
}

func (s *sender) perform(ctx context.Context, l line, perform func(context.Context, int, *outbox.Operation) error) (bad bool, err error) {
	err = perform(ctx, l.number, l.op)
	switch {
	case err == nil:
		s.direct++
		return false, nil
	case emitter.SafeToRetry(err):
		return s.refused(l, err)
	}
	s.doubt++
	return false, fmt.Errorf("line %d: %w", l.number, err)
}

// isOwnFault tells whether an operation is at fault itself, so that others may go.
func isOwnFault(err error) bool {
	for _, sentinel := range []error{
		outbox.ErrInvalid, emitter.ErrNamespace, emitter.ErrPrefix, emitter.ErrEvent, emitter.ErrReservedEvent, emitter.ErrSelection,
		emitter.ErrID, emitter.ErrTooLarge, emitter.ErrUnsupported, emitter.ErrSocketClosed, emitter.ErrNoServers,
	} {
		if errors.Is(err, sentinel) {
			return true
		}
	}
	arg := (*emitter.ArgumentError)(nil)
	return errors.As(err, &arg)
}

// flush sends what is kept.
func (s *sender) flush(ctx context.Context) error {
	if s.batch == nil || s.batch.Len() == 0 {
		return nil
	}
	return s.settle(s.batch.Flush(ctx))
}

// settle notes what became of a flush. What ends nothing: that an operation was
// refused, where bad lines end nothing, and that clients did not say that they
// received something.
func (s *sender) settle(err error) error {
	first := s.count - len(s.kept) // number of kept[0]
	lines := s.kept
	s.kept = s.kept[len(s.kept)-s.batch.Len():]
	flush := (*emitter.BatchError)(nil)
	if !errors.As(err, &flush) {
		return err
	}
	s.failed += len(flush.Failed)
	goOn := true
	var failures []error
	for _, f := range flush.Failed {
		number := lines[f.Index-first]
		if emitter.SafeToRetry(f.Err) && isOwnFault(f.Err) {
			s.bad++
			s.config.OnBad(number, f.Err)
			goOn = goOn && s.config.KeepGoing
			continue
		}
		s.doubt++
		failures = append(failures, fmt.Errorf("line %d: %w", number, f.Err))
	}
	if len(flush.Unwrap()) > len(flush.Failed) { // something ended the flush
		failures = append(failures, s.warn(err))
	}
	if err := errors.Join(failures...); err != nil || goOn {
		return err
	}
	return ErrBad
}

// warn keeps what an acked window says of clients' queues, and returns all else.
func (s *sender) warn(err error) error {
	full := errors.Is(err, emitter.ErrSocketFull)
	if len(s.kept) > 0 || !full && !errors.Is(err, emitter.ErrAckTimeout) {
		return err
	}
	if s.warning == nil || full {
		s.warning = err
	}
	return nil
}

// skip notes an operation that was read and is not sent.
func (s *sender) skip(l line) {
	s.skipped++
	if s.next == 0 {
		s.next = l.number
	}
}

func (s *sender) sent() int {
	n := s.direct
	if s.batch != nil {
		n += s.count - s.batch.Len() - s.failed
	}
	return n
}

func (s *sender) result(r *Result) {
	r.Bad += s.bad
	r.Sent, r.Doubt, r.Unsent, r.Next, r.Warning = s.sent(), s.doubt, s.skipped+len(s.kept), s.next, s.warning
	if len(s.kept) > 0 {
		r.Next = s.kept[0]
	}
}

package mongodriver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/sioxide/emitter"
)

// prefixed names the driver; it stands at the exported boundary.
func prefixed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("mongodriver: %w", err)
}

// prefixAll does so for each and returns the first.
func prefixAll(errs []error) error {
	var first error
	for i, err := range errs {
		errs[i] = prefixed(err)
		if first == nil {
			first = errs[i]
		}
	}
	return first
}

// outcome judges what an insert returned.
type outcome struct {
	sender       *sender
	ctx          context.Context
	acknowledged bool
}

// judge sets the error of each document.
func (o *outcome) judge(err error, errs []error) {
	var (
		one  mongo.WriteException
		many mongo.BulkWriteException
	)
	clear(errs)
	switch {
	case err == nil && !o.acknowledged:
		o.all(errs, o.sender.failed(errUnacknowledged))
	case err == nil:
	case errors.As(err, &one) || errors.As(err, &many):
		if one.WriteConcernError != nil || many.WriteConcernError != nil {
			o.all(errs, fmt.Errorf("%w (it was inserted, but may be lost again in a failover)", o.sender.failed(err)))
		}
		for _, e := range one.WriteErrors {
			o.refused(e, errs, 0)
		}
		for _, e := range many.WriteErrors {
			o.refused(e.WriteError, errs, e.Index)
		}
	case isBeforeSending(err):
		o.all(errs, emitter.NotSent(o.sender.failed(o.ended(err))))
	case remedyOfRefusal(err) != "":
		o.all(errs, emitter.NotSent(o.sender.failed(err)))
	default:
		o.all(errs, fmt.Errorf("%w (it may have been inserted)", o.sender.failed(o.ended(err))))
	}
}

var errUnacknowledged = errors.New("the collection's write concern is 0, so that MongoDB does not tell whether it was inserted: use another write concern")

func (o *outcome) all(errs []error, err error) {
	for i := range errs {
		errs[i] = err
	}
}

// refused judges a document that was not inserted, and those behind it. An _id that
// is there already is our own: the client library has repeated an insert whose answer
// was lost.
func (o *outcome) refused(e mongo.WriteError, errs []error, at int) {
	if at < 0 || at >= len(errs) {
		return
	}
	isRepeated := isDuplicateID(e)
	if !isRepeated {
		errs[at] = emitter.NotSent(o.sender.failed(e))
	}
	if !o.sender.ordered {
		return
	}
	behind := o.sender.behind(e)
	if isRepeated {
		behind = fmt.Errorf("%w (it may have been inserted)", o.sender.failed(errRepeated))
	}
	for i := at + 1; i < len(errs); i++ {
		errs[i] = behind
	}
}

var errRepeated = errors.New("the answer to the insert was lost, and repeating it ended at a document that was there")

// isDuplicateID tells whether the _id is there already (MongoDB, error 11000).
func isDuplicateID(e mongo.WriteError) bool {
	return e.HasErrorCode(11000) && strings.Contains(e.Message, "_id_")
}

// behind is the error of what an earlier failure kept from being sent.
func (s *sender) behind(err error) error {
	return emitter.NotSent(fmt.Errorf("not inserted, as one before it failed: %w", err))
}

func (s *sender) failed(err error) error {
	return fmt.Errorf("insert into %s.%s: %w", s.collection.Database().Name(), s.collection.Name(), withRemedy(err))
}

// ended adds the end of the context to an error that it caused, and to which the
// client gave another name.
func (o *outcome) ended(err error) error {
	cause := o.ctx.Err()
	if deadline, ok := o.ctx.Deadline(); ok && cause == nil && isTimeout(err) && !time.Now().Before(deadline) {
		cause = context.DeadlineExceeded
	}
	if cause == nil || errors.Is(err, cause) {
		return err
	}
	return fmt.Errorf("%w: %w", cause, err)
}

func isTimeout(err error) bool { return mongo.IsTimeout(err) || errors.Is(err, os.ErrDeadlineExceeded) }

// isBeforeSending tells whether the client library found no connection to send on.
// When it repeats an insert it returns the error of the first attempt instead. The
// types are of its package x/mongo/driver/topology, which may change with any
// version: one that it does not know any more makes the insert doubtful.
func isBeforeSending(err error) bool {
	if errors.Is(err, mongo.ErrClientDisconnected) {
		return true
	}
	var reply mongo.CommandError // also of a connection that failed while in use
	if errors.As(err, &reply) {
		return false
	}
	for ; err != nil; err = errors.Unwrap(err) {
		switch fmt.Sprintf("%T", err) {
		case "topology.ServerSelectionError", "topology.WaitQueueTimeoutError", "topology.ConnectionError":
			return true
		}
	}
	return false
}

// refusals are the errors by which MongoDB says that it did not execute the command,
// whatever it was sent before, and what to do about each.
var refusals = []struct {
	code   int
	remedy string
}{
	{13, "allow the user to insert into the collection"},                                 // Unauthorized
	{18, "check the user and the password of the client"},                                // AuthenticationFailed
	{20, "a transaction needs a replica set or a sharded cluster"},                       // IllegalOperation
	{73, "check the names of the database and the collection"},                           // InvalidNamespace
	{112, "the transaction is aborted: begin it again"},                                  // WriteConflict, in a transaction
	{166, "use the collection, not a view"},                                              // CommandNotSupportedOnView
	{225, "the transaction is over: begin another one"},                                  // TransactionTooOld
	{251, "the transaction is over: begin another one"},                                  // NoSuchTransaction
	{256, "the transaction is committed: begin another one"},                             // TransactionCommitted
	{10334, "the document is too large for this deployment: send less"},                  // BSONObjectTooLarge
	{263, "the deployment does not allow it in a transaction: send without the session"}, // OperationNotSupportedInTransaction
}

func remedyOfRefusal(err error) string {
	var reply mongo.CommandError
	if !errors.As(err, &reply) {
		return ""
	}
	for _, r := range refusals {
		if reply.HasErrorCode(r.code) {
			return r.remedy
		}
	}
	return ""
}

// withRemedy adds what to do about err, where that is known.
func withRemedy(err error) error {
	remedy := remedyOfRefusal(err)
	switch text := fmt.Sprint(err); {
	case remedy != "":
	case errors.Is(err, mongo.ErrClientDisconnected):
		remedy = "the client must outlive the driver"
	case strings.Contains(text, "connection from connection pool"):
		remedy = "all connections of the client are busy: see its MaxPoolSize"
	case isBeforeSending(err):
		remedy = "check the address, and that MongoDB runs there"
	}
	if remedy == "" {
		return err
	}
	return fmt.Errorf("%w (%s)", err, remedy)
}

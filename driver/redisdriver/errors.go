package redisdriver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
)

// prefixed names the driver; it stands at the exported boundary.
func prefixed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("redisdriver: %w", err)
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

// result is what became of one call.
type result struct {
	servers int
	err     error
	broken  error // why nothing more can go the same way
}

// result judges a call that the client has finished.
func (s *sender) result(ctx context.Context, c *call) result {
	err := c.pub.Err()
	switch {
	case err == nil && c.numsub != nil && c.numsub.Err() != nil:
		err = fmt.Errorf("pubsub numsub %q: %w (the request was published, but its servers could not be counted)", c.pub.ch.name, withRemedy(c.numsub.Err()))
		return result{servers: -1, err: err}
	case err == nil:
		return result{servers: s.servers(c)}
	case !c.pub.wasWritten():
		if s.cluster != nil {
			s.cluster.ReloadState(context.Background()) // another node may be master by now
		}
		err = ended(ctx, err)
		return result{servers: -1, err: s.notSent(c.pub.ch, err), broken: err}
	case s.exact && isRefusal(err):
		return result{servers: -1, err: s.notSent(c.pub.ch, err)}
	case isReply(err):
		return result{servers: -1, err: s.failed(c.pub.ch, err)}
	}
	err = ended(ctx, err)
	return result{servers: -1, broken: err, err: fmt.Errorf(
		"%w (the connection failed after the request was written: it may have been delivered)", s.failed(c.pub.ch, err))}
}

// abandoned judges a call that the client had not finished when ctx ended.
func (s *sender) abandoned(c *call, ctxErr error) result {
	if c.pub.drop() {
		return result{servers: -1, err: s.notSent(c.pub.ch, ctxErr), broken: ctxErr}
	}
	return result{servers: -1, broken: ctxErr, err: fmt.Errorf(
		"%w (Redis had not answered: it may still be delivered)", s.failed(c.pub.ch, ctxErr))}
}

// servers is the number of servers that c reached. SPUBLISH's reply is what
// SHARDNUMSUB says, as there are no sharded patterns (Redis 7.0, src/pubsub.c:
// pubsubPublishMessageInternal); PUBLISH's includes pattern subscribers.
func (s *sender) servers(c *call) int {
	switch {
	case c.numsub != nil:
		return int(c.numsub.Val()[c.pub.ch.name])
	case s.sharded:
		return int(c.pub.Val())
	}
	return -1
}

func (s *sender) failed(ch *channel, err error) error {
	return fmt.Errorf("%s on %q: %w", s.command, ch.name, withRemedy(err))
}

func (s *sender) notSent(ch *channel, err error) error {
	return emitter.NotSent(s.failed(ch, err))
}

// ended adds the end of ctx to an error that it caused, and to which the client gave
// another name.
func ended(ctx context.Context, err error) error {
	cause := ctx.Err()
	if deadline, ok := ctx.Deadline(); ok && cause == nil && errors.Is(err, os.ErrDeadlineExceeded) && !time.Now().Before(deadline) {
		cause = context.DeadlineExceeded
	}
	if cause == nil || errors.Is(err, cause) {
		return err
	}
	return fmt.Errorf("%w: %w", cause, err)
}

// isReply tells whether err is an answer of the server.
func isReply(err error) bool {
	var reply redis.Error
	return errors.As(err, &reply)
}

// refusals are the starts of the answers by which a server says that it did not
// execute the command, and what to do about each. An answer that is not among them
// may come from a proxy that lost the one behind it.
var refusals = []struct{ start, remedy string }{
	{"NOPERM", "allow the Redis user to publish there: ACL SETUSER with +publish, +spublish and the channel"},
	{"NOAUTH", "give the client a Username and Password"},
	{"WRONGPASS", "check the client's Username and Password"},
	{"MOVED", "the slot of the channel has moved: try again, and if the server is a node of a Redis Cluster, use redis.NewClusterClient"},
	{"ASK", "the slot of the channel is being moved: try again"},
	{"TRYAGAIN", "the slot of the channel is being moved: try again"},
	{"CROSSSLOT", "use redis.NewClusterClient"},
	{"CLUSTERDOWN", "no node serves the slot of the channel: try again when the cluster is whole"},
	{"READONLY", "the server is a replica: connect to the master"},
	{"MASTERDOWN", "the server is a replica without its master: connect to the master"},
	{"LOADING", "Redis is starting: try again"},
	{"BUSY", "a script holds Redis up: try again"},
	{"MISCONF", "see the log of Redis"},
	{"OOM", "Redis is out of memory"},
	{"DENIED", "Redis refuses clients from elsewhere: see its protected-mode"},
	{"unknown command", "sharded pub/sub needs Redis 7.0"},
	{"max number of clients", "raise maxclients of Redis"},
}

func isRefusal(err error) bool { return isReply(err) && remedyOf(err) != "" }

func remedyOf(err error) string {
	text := strings.TrimPrefix(err.Error(), "ERR ")
	for _, r := range refusals {
		if strings.HasPrefix(text, r.start) {
			return r.remedy
		}
	}
	return ""
}

// isRedirect tells whether the server says that another one has the slot.
func isRedirect(err error) bool {
	if err == nil || !isReply(err) {
		return false
	}
	for _, start := range []string{"MOVED ", "ASK ", "TRYAGAIN "} {
		if redis.HasErrorPrefix(err, start) {
			return true
		}
	}
	return false
}

// withRemedy adds what to do about err, where that is known.
func withRemedy(err error) error {
	var (
		remedy string
		op     *net.OpError
	)
	switch {
	case isReply(err):
		remedy = remedyOf(err)
	case errors.Is(err, redis.ErrClosed):
		remedy = "the client must outlive the driver"
	case errors.Is(err, redis.ErrPoolTimeout):
		remedy = "all connections of the client are busy: see its PoolSize"
	case errors.As(err, &op) && op.Op == "dial":
		remedy = "check the address, and that Redis runs there"
	}
	if remedy == "" {
		return err
	}
	return &remediedError{err, remedy}
}

// remediedError shows err without the part in which Redis repeats the arguments of
// a command that it does not know: they are the message.
type remediedError struct {
	err    error
	remedy string
}

func (e *remediedError) Error() string {
	text, _, _ := strings.Cut(e.err.Error(), ", with args beginning with")
	return text + " (" + e.remedy + ")"
}

func (e *remediedError) Unwrap() error { return e.err }

package rueidisdriver

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"github.com/sioxide/emitter"
)

// prefixed names the driver; it stands at the exported boundary.
func prefixed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("rueidisdriver: %w", err)
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

// result judges call i of a batch that the client has finished.
func (s *sender) result(b *batch, i int) result {
	c := &b.calls[i]
	if c.refused != nil {
		return result{servers: -1, err: c.refused}
	}
	err := b.results[c.at].Error()
	switch {
	case err == nil:
		servers, err := s.servers(b, c)
		if err != nil {
			err = fmt.Errorf("pubsub numsub %q: %w (the request was published, but its servers could not be counted)", c.channel, withRemedy(err))
		}
		return result{servers: servers, err: err}
	case isRefusal(err):
		return result{servers: -1, err: s.notSent(c.channel, err)}
	case isReply(err):
		return result{servers: -1, err: s.failed(c.channel, err)}
	case isUnsent(err, b.took):
		return result{servers: -1, err: s.notSent(c.channel, err), broken: err}
	}
	return result{servers: -1, broken: err, err: fmt.Errorf(
		"%w (the connection failed when the request may have been written: it may have been delivered)", s.failed(c.channel, err))}
}

// abandoned judges a call that the client had not finished when ctx ended.
func (s *sender) abandoned(c *call, ctxErr error) result {
	if c.refused != nil {
		return result{servers: -1, err: c.refused}
	}
	return result{servers: -1, broken: ctxErr, err: fmt.Errorf(
		"%w (Redis had not answered: it may still be delivered)", s.failed(c.channel, ctxErr))}
}

// servers is the number of servers that c reached. SPUBLISH's reply is what
// SHARDNUMSUB says, as there are no sharded patterns (Redis 7.0, src/pubsub.c:
// pubsubPublishMessageInternal); PUBLISH's includes pattern subscribers.
func (s *sender) servers(b *batch, c *call) (int, error) {
	if s.sharded {
		n, err := b.results[c.at].AsInt64()
		return int(n), err
	}
	if !c.counted {
		return -1, nil
	}
	reply, err := b.results[c.at-1].ToArray()
	if err != nil {
		return -1, err
	}
	if len(reply) != 2 {
		return -1, fmt.Errorf("a reply of %d elements, not of 2", len(reply))
	}
	n, err := reply[1].AsInt64()
	return int(n), err
}

func (s *sender) failed(channel string, err error) error {
	return fmt.Errorf("%s on %q: %w", s.verb(), channel, withRemedy(err))
}

func (s *sender) notSent(channel string, err error) error {
	return emitter.NotSent(s.failed(channel, err))
}

// closeGrace is shorter than the second for which a client that is being closed
// waits for what is under way (rueidis, pipe.go: Close).
const closeGrace = 500 * time.Millisecond

// isUnsent tells whether err, after a call that took so long, is certain to mean
// that nothing was written.
func isUnsent(err error, took time.Duration) bool {
	var op *net.OpError
	switch {
	case errors.As(err, &op) && op.Op == "dial":
		return true
	case errors.Is(err, rueidis.ErrNoSlot):
		return true
	case errors.Is(err, rueidis.ErrClosing):
		return took < closeGrace
	}
	return false
}

// isReply tells whether err is an answer of the server.
func isReply(err error) bool {
	_, ok := rueidis.IsRedisErr(err)
	return ok
}

// refusals are the starts of the answers by which a server says that it did not
// execute the command, and what to do about each. An answer that is not among them
// may come from a proxy that lost the one behind it.
var refusals = []struct{ start, remedy string }{
	{"NOPERM", "allow the Redis user to publish there: ACL SETUSER with +publish, +spublish and the channel"},
	{"NOAUTH", "give the client a Username and Password"},
	{"WRONGPASS", "check the client's Username and Password"},
	{"MOVED", "the slot of the channel has moved: try again, and if the server is a node of a Redis Cluster, make a cluster client"},
	{"ASK", "the slot of the channel is being moved: try again"},
	{"TRYAGAIN", "the slot of the channel is being moved: try again"},
	{"CROSSSLOT", "make a cluster client"},
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

// withRemedy adds what to do about err, where that is known.
func withRemedy(err error) error {
	var (
		remedy string
		op     *net.OpError
	)
	switch {
	case isReply(err):
		remedy = remedyOf(err)
	case errors.Is(err, rueidis.ErrClosing):
		remedy = "the client must outlive the driver"
	case errors.Is(err, rueidis.ErrNoSlot):
		remedy = "no node serves the slot of the channel: try again when the cluster is whole"
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

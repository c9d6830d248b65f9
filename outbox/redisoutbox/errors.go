package redisoutbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
)

// prefixed names the package; it stands at the exported boundary.
func prefixed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("redisoutbox: %w", err)
}

// failed says what was done, and whether it certainly was not.
func (a add) failed(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
		err = fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	remedy, unsent := judge(err)
	switch {
	case remedy != "":
		err = fmt.Errorf("%w (%s)", err, remedy)
	case !unsent:
		err = fmt.Errorf("%w (Redis had not confirmed it: it may be in the stream)", err)
	}
	err = fmt.Errorf("xadd to %q: %w", a.stream, err)
	if unsent {
		return emitter.NotSent(err)
	}
	return err
}

// judge tells what to do about an error, and whether Redis has certainly not executed
// the command. An answer that is not among refusals may come from a proxy that lost
// the one behind it.
func judge(err error) (remedy string, unsent bool) {
	var op *net.OpError
	switch {
	case errors.Is(err, redis.ErrClosed):
		return "the client must outlive the driver", true
	case errors.Is(err, redis.ErrPoolTimeout):
		return "all connections of the client are busy: see its PoolSize", true
	case errors.As(err, &op) && op.Op == "dial":
		return "check the address, and that Redis runs there", true
	case !isReply(err):
		return "", false
	}
	text := strings.TrimPrefix(err.Error(), "ERR ")
	for _, r := range refusals {
		if strings.HasPrefix(text, r.start) {
			return r.remedy, true
		}
	}
	return "", false
}

// isReply tells whether err is an answer of the server.
func isReply(err error) bool {
	var reply redis.Error
	return errors.As(err, &reply)
}

// refusals are the starts of the answers by which a server says that it did not
// execute the command, and what to do about each.
var refusals = []struct{ start, remedy string }{
	{"WRONGTYPE", "a key of another kind has the name of the stream: name another one"},
	{"NOPERM", "allow the Redis user xadd on the stream: ACL SETUSER with +xadd and the key"},
	{"NOAUTH", "give the client a Username and Password"},
	{"WRONGPASS", "check the client's Username and Password"},
	{"MOVED", "the slot of the stream has moved: try again, and if the server is a node of a Redis Cluster, use redis.NewClusterClient"},
	{"ASK", "the slot of the stream is being moved: try again"},
	{"TRYAGAIN", "the slot of the stream is being moved: try again"},
	{"CLUSTERDOWN", "no node serves the slot of the stream: try again when the cluster is whole"},
	{"READONLY", "the server is a replica: connect to the master"},
	{"MASTERDOWN", "the server is a replica without its master: connect to the master"},
	{"LOADING", "Redis is starting: try again"},
	{"BUSY", "a script holds Redis up: try again"},
	{"MISCONF", "see the log of Redis"},
	{"OOM", "Redis is out of memory"},
	{"unknown command", "streams need Redis 5.0"},
}

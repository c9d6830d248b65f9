package redissource

import (
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
)

// prefixed names the package; it stands at the exported boundary.
func prefixed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("redissource: %w", err)
}

// remedies are the starts of answers of Redis, and what to do about each.
var remedies = []struct{ start, remedy string }{
	{"WRONGTYPE", "a key of another kind has the name of the stream: name another one"},
	{"NOPERM", "allow the Redis user the commands of streams, get, set, pexpire, del, eval and evalsha on these keys"},
	{"NOAUTH", "give the client a Username and Password"},
	{"WRONGPASS", "check the client's Username and Password"},
	{"MISCONF", "see the log of Redis"},
	{"OOM", "Redis is out of memory"},
	{"READONLY", "the server is a replica: connect to the master"},
	{"CLUSTERDOWN", "no node serves the slot of the stream: the relay goes on when the cluster is whole"},
	{"unknown command", "streams need Redis 5.0"},
}

func (st *stream) failed(what string, err error) error {
	if err == nil {
		return nil
	}
	err = fmt.Errorf("%s %q: %w", what, st.name, err)
	var reply redis.Error
	if !errors.As(err, &reply) {
		return err
	}
	text := strings.TrimPrefix(reply.Error(), "ERR ")
	for _, r := range remedies {
		if strings.HasPrefix(text, r.start) {
			return fmt.Errorf("%w (%s)", err, r.remedy)
		}
	}
	return err
}

func isNoGroup(err error) bool { return err != nil && strings.Contains(err.Error(), "NOGROUP") }

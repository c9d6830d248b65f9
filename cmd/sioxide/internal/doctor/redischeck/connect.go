package redischeck

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
)

// errorAs is errors.As for a type.
func errorAs[T error](err error) (T, bool) {
	var target T
	ok := errors.As(err, &target)
	return target, ok
}

// connect is false when nothing further can be looked at.
func (l *looker) connect(ctx context.Context) bool {
	ctx, cancel := l.step(ctx)
	defer cancel()
	start := time.Now()
	err := l.client.Ping(ctx).Err()
	if isDenied(err) {
		l.missing.note(err, "")
		err = nil
	}
	if err == nil {
		l.report.Pass(connection, "Redis answers in %s", ms(time.Since(start)))
		return true
	}
	l.report.Find(connection, l.diagnose(ctx, err))
	return false
}

// diagnose finds out why Redis can't be talked to.
func (l *looker) diagnose(ctx context.Context, err error) report.Finding {
	if reply := replyOf(err); reply != "" {
		return l.diagnoseReply(reply)
	}
	if f, ok := l.diagnoseTLS(ctx, err); ok {
		return f
	}
	says := fmt.Sprintf("Redis can't be reached at %s.", l.where())
	if errors.Is(err, context.DeadlineExceeded) {
		says = fmt.Sprintf("Redis at %s does not answer within %s.", l.where(), l.opts.Timeout)
	}
	return report.Finding{
		Code:    report.RedisUnreachable,
		Says:    says,
		Do:      "Check the address, that Redis runs there, and that no firewall stands between.",
		Details: []string{l.target.ScrubText(err.Error())},
	}
}

// where is the address in the URL.
func (l *looker) where() string {
	if l.target.Socket != "" {
		return l.target.Socket
	}
	return strings.Join(l.target.Hosts, ", ")
}

// refusals are answers by which Redis turns a client away, by their beginnings
// (Redis 7.0, src/acl.c, src/networking.c, src/cluster.c).
var refusals = []struct {
	start, says, do string
	code            report.Code
}{
	{"NOAUTH", "Redis wants a password, and the URL has none.", "Write user:password@ or :password@ before the host, or add password-env=NAME or password-file=PATH.", report.RedisPassword},
	{"WRONGPASS", "Redis refuses the user or the password.", "Correct them; special characters of a password must be percent-encoded in a URL.", report.RedisPassword},
	{"ERR AUTH <password> called without any password", "The URL has a password, and Redis asks for none.", "Leave the password out, or check that this is the right Redis.", report.RedisPassword},
	{"ERR This instance has cluster support disabled", "The URL says redis+cluster, and this Redis is no node of a Redis Cluster.", "Write redis:// (rediss:// with TLS).", report.RedisNotCluster},
	{"DENIED", "Redis takes no clients from other machines: its protected mode is on, and it has no password.", "Set a password or an ACL in Redis, or its bind address.", report.RedisUnreachable},
	{"LOADING", "Redis is starting and still loads its data.", "Wait until it is ready, and restart the servers that had been connected before.", report.RedisUnreachable},
	{"ERR max number of clients", "Redis has as many clients as it takes.", "Raise maxclients of Redis.", report.RedisUnreachable},
}

func (l *looker) diagnoseReply(reply string) report.Finding {
	details := []string{"it says: " + l.target.ScrubText(reply)}
	for _, r := range refusals {
		if strings.HasPrefix(reply, r.start) {
			return report.Finding{Code: r.code, Says: r.says, Do: r.do, Details: details}
		}
	}
	return report.Finding{
		Code:    report.RedisUnreachable,
		Says:    fmt.Sprintf("What answers at %s refuses to be looked at.", l.where()),
		Do:      "See what it says.",
		Details: details,
	}
}

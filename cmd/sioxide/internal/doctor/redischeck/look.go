package redischeck

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
	"github.com/sioxide/emitter/cmd/sioxide/internal/target"
)

// Names of the checks, in the order in which they are made.
const (
	connection = "connection"
	version    = "version"
	database   = "database"
	buffers    = "buffers"
	deafness   = "deafness"
	channels   = "channels"
	rights     = "rights"
	servers    = "servers"
	oldServers = "old servers"
	parser     = "parser"
)

// looker is one run.
type looker struct {
	cluster *target.Cluster
	target  *target.Target
	client  redis.UniversalClient
	opts    report.Options
	report  *report.Report

	nodes     []*node
	inventory *inventory // nil: not known
	missing   *missing
	suspects  []string // connections that may be foreign subscribers
}

// Look looks at cluster and writes what it finds into r.
func Look(ctx context.Context, cluster *target.Cluster, opts report.Options, r *report.Report) {
	l := &looker{cluster: cluster, target: cluster.Target(), client: cluster.Redis(), opts: opts, report: r, missing: new(missing)}
	l.opts.MessageSize = cmp.Or(opts.MessageSize, emitter.DefaultMaxMessage)
	if !l.connect(ctx) || !l.lookAtNodes(ctx) {
		return
	}
	l.lookAtDatabase()
	l.lookAtBuffers(ctx)
	l.lookAtConnections(ctx) // before there are any subscriptions of our own
	l.inventory = l.listChannels(ctx)
	judgeTraffic := l.watchTraffic(ctx)
	l.lookAtServers(ctx)
	l.judgeRights()
	judgeTraffic()
}

// step bounds one step by the timeout.
func (l *looker) step(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, l.opts.Timeout)
}

// kindName names a kind of pub/sub.
func kindName(sharded bool) string {
	if sharded {
		return "sharded"
	}
	return "classic"
}

// replyOf returns what Redis answered, or "" where err is none of its answers. What
// Redis repeats of a command that it does not know is left out: it may be a secret.
func replyOf(err error) string {
	reply, ok := errorAs[redis.Error](err)
	if !ok {
		return ""
	}
	text, _, _ := strings.Cut(reply.Error(), ", with args beginning with")
	return text
}

// isDenied tells whether an ACL refused it.
func isDenied(err error) bool { return strings.HasPrefix(replyOf(err), "NOPERM") }

// why says in a few words why something could not be looked at.
func (l *looker) why(err error) string {
	reply := replyOf(err)
	switch {
	case isDenied(err):
		return "user " + l.user() + " may not: " + l.target.ScrubText(strings.TrimPrefix(reply, "NOPERM "))
	case reply != "":
		return "Redis says " + l.target.ScrubText(reply)
	}
	return l.target.ScrubText(err.Error())
}

func (l *looker) user() string {
	if user := l.target.User(); user != "" {
		return user
	}
	return "default"
}

func ms(d time.Duration) string { return d.Round(10 * time.Microsecond).String() }

package pgcheck

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/members"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/probe"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
	"github.com/sioxide/emitter/cmd/sioxide/internal/target"
)

// Names of the checks, in the order in which they are made.
const (
	connection = "connection"
	pooler     = "pooler"
	table      = "table"
	queue      = "queue"
	channels   = "channels"
	servers    = members.Check
	heartbeats = members.Beats
	parser     = members.Parser
	oldServers = "old servers"
)

// answerTime is how long a probe waits: nobody tells how many will answer.
const answerTime = 2 * time.Second

// looker is one run.
type looker struct {
	cluster *target.Cluster
	target  *target.Target
	pool    *pgxpool.Pool
	opts    report.Options
	report  *report.Report
	asked   int // how many of the namespaces were asked for; / may come behind them
}

// Look looks at cluster and writes what it finds into r.
func Look(ctx context.Context, cluster *target.Cluster, opts report.Options, r *report.Report) {
	l := &looker{cluster: cluster, target: cluster.Target(), pool: cluster.Postgres(), opts: opts, report: r, asked: len(opts.Namespaces)}
	if !slices.Contains(opts.Namespaces, "/") {
		l.opts.Namespaces = append(slices.Clone(opts.Namespaces), "/") // by which a wrong namespace is told from a wrong prefix
	}
	if !l.connect(ctx) {
		return
	}
	l.lookAtTable(ctx)
	l.lookAtQueue(ctx)
	r.Skip(channels, "PostgreSQL does not tell which there are, and their names are hashes: only the namespaces given and / are probed")
	r.Skip(oldServers, "on PostgreSQL servers of every version take every form of a question")
	if l.lookAtPooler(ctx) {
		l.lookAtServers(ctx)
		return
	}
	for _, check := range []string{servers, heartbeats, parser} {
		r.Skip(check, "nothing can be heard through this pooler")
	}
}

// step bounds one step by the timeout.
func (l *looker) step(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, l.opts.Timeout)
}

// row reads one row. The simple protocol works through every pooler.
func row(ctx context.Context, q interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}, sql string, args []any, into ...any) error {
	return q.QueryRow(ctx, sql, append([]any{pgx.QueryExecModeSimpleProtocol}, args...)...).Scan(into...)
}

// codeOf is PostgreSQL's code of an error, or "".
func codeOf(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}

func (l *looker) why(err error) string { return l.target.ScrubText(err.Error()) }

// where is the address in the URL.
func (l *looker) where() string {
	c := l.pool.Config().ConnConfig
	return fmt.Sprintf("%s:%d", c.Host, c.Port)
}

// lookAtServers asks each namespace who is there while it listens to what passes.
func (l *looker) lookAtServers(ctx context.Context) {
	w, err := l.listen(ctx)
	if err != nil {
		members.Unasked(l.report, "PostgreSQL", l.opts.Namespaces[0], l.why(err))
		for _, check := range []string{heartbeats, parser} {
			l.report.Skip(check, "%s", l.why(err))
		}
		return
	}
	wait := min(l.opts.Timeout, answerTime)
	spaces := make([]members.Space, 0, len(l.opts.Namespaces))
	for _, name := range l.opts.Namespaces {
		o := probe.Ask(ctx, l.cluster.Driver(), probe.Question{Prefix: l.target.Prefix, Namespace: name, Want: -1, Wait: wait})
		if !l.wasAsked(name, o) {
			w.end()
			return
		}
		spaces = append(spaces, members.Space{Namespace: name, Answered: o.Servers(), Slowest: o.Slowest(), Wait: wait})
	}
	w.wait(ctx)
	heard := w.end()
	for i, s := range spaces {
		spaces[i].Heard = heard.servers(s.Namespace)
	}
	l.judgeSpaces(spaces)
	l.judgeHeard(heard, spaces)
}

// wasAsked is false when nothing can be said of the servers.
func (l *looker) wasAsked(name string, o probe.Outcome) bool {
	const insufficientPrivilege = "42501"
	err := errors.Join(o.Send, o.Listen)
	switch {
	case err == nil:
		return true
	case codeOf(err) == insufficientPrivilege:
		role := pgx.Identifier{l.pool.Config().ConnConfig.User}.Sanitize()
		l.report.Find(servers, report.Finding{
			Code:    report.PostgresRights,
			Says:    fmt.Sprintf("Role %s may not notify: no event can be sent.", role),
			Do:      "As the superuser: GRANT EXECUTE ON FUNCTION pg_notify(text, text) TO " + role + ";",
			Details: []string{l.why(err)},
		})
	default:
		members.Unasked(l.report, "PostgreSQL", name, l.why(err))
	}
	return false
}

// judgeSpaces tells which namespaces have servers. / is only looked at to compare,
// where it was not asked for.
func (l *looker) judgeSpaces(spaces []members.Space) {
	var there []string
	for _, s := range spaces {
		if !s.Empty() {
			there = append(there, s.Namespace)
		}
	}
	for _, s := range spaces[:l.asked] {
		switch {
		case !s.Empty():
			s.Judge(l.report, l.opts)
			continue
		case len(there) > 0:
			l.report.Find(servers, report.Finding{
				Code:    report.NamespaceEmpty,
				Says:    fmt.Sprintf("No server answers in namespace %s; the closest of those looked at that has servers is %s.", s.Namespace, members.Closest(s.Namespace, there)),
				Do:      "Correct the namespace. A dynamic one has servers only once its first client has connected to it.",
				Details: []string{"with servers: " + report.List(there), "which other namespaces there are PostgreSQL does not tell"},
			})
		case !l.report.Has(report.NoServers):
			l.report.Find(servers, report.Finding{
				Code:    report.NoServers,
				Says:    fmt.Sprintf("No server answers under prefix %q, in none of the namespaces %s.", l.target.Prefix, report.List(l.opts.Namespaces)),
				Do:      "Check the prefix and the namespaces in the servers' configuration, that they use this database, and that they run. If they do, restart them: a server that lost its connection may stay deaf.",
				Details: []string{"which prefixes and namespaces there are PostgreSQL does not tell: its channels are hashes"},
			})
		}
		s.JudgeNumber(l.report, l.opts.Expect)
	}
}

// judgeHeard tells what the passing notifications mean.
func (l *looker) judgeHeard(h heard, spaces []members.Space) {
	if l.opts.Heartbeat <= 0 {
		l.report.Skip(heartbeats, "watching is switched off")
	} else {
		for _, s := range spaces[:l.asked] {
			s.JudgeBeats(l.report, report.PostgresHeartbeat, l.opts.Heartbeat)
		}
	}
	t := members.Traffic{Parser: l.target.Parser}
	for _, v := range h.values {
		isServer := slices.ContainsFunc(spaces, func(s members.Space) bool {
			return slices.Contains(s.Answered, v.from) || slices.Contains(s.Heard, v.from)
		})
		t.Take(v.kind, v.from, isServer)
	}
	t.Judge(l.report, "no event passed meanwhile")
}

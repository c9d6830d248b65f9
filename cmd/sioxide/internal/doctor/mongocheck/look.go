package mongocheck

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/members"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/probe"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
	"github.com/sioxide/emitter/cmd/sioxide/internal/target"
)

// Names of the checks, in the order in which they are made.
const (
	connection = "connection"
	replicaSet = "replica set"
	collection = "collection"
	history    = "history"
	rights     = "rights"
	servers    = members.Check
	parser     = members.Parser
	oldServers = "old servers"
)

// answerTime is how long a probe waits: nobody tells how many will answer.
const answerTime = 2 * time.Second

// looker is one run.
type looker struct {
	cluster    *target.Cluster
	target     *target.Target
	collection *mongo.Collection
	opts       report.Options
	report     *report.Report
	denied     []string // what the user may not
}

// Look looks at cluster and writes what it finds into r.
func Look(ctx context.Context, cluster *target.Cluster, opts report.Options, r *report.Report) {
	l := &looker{cluster: cluster, target: cluster.Target(), collection: cluster.Mongo(), opts: opts, report: r}
	if !l.connect(ctx) || !l.lookAtReplicaSet(ctx) {
		return
	}
	place := l.lookAtCollection(ctx)
	if place == absent {
		return
	}
	past, known := l.readHistory(ctx)
	past.judgeParser(r, l.target.Parser, known)
	l.lookAtServers(ctx, past, place == passing)
	l.judgeRights()
}

// step bounds one step by the timeout.
func (l *looker) step(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, l.opts.Timeout)
}

func (l *looker) why(err error) string { return l.target.ScrubText(err.Error()) }

// unauthorized is MongoDB's code for a right that is missing.
const unauthorized = 13

func isDenied(err error) bool {
	var reply mongo.ServerError
	return errors.As(err, &reply) && reply.HasErrorCode(unauthorized)
}

// note takes an error of something that emitting or asking needs.
func (l *looker) note(err error, what string) {
	if isDenied(err) && !slices.Contains(l.denied, what) {
		l.denied = append(l.denied, what)
	}
}

func (l *looker) judgeRights() {
	if len(l.denied) == 0 {
		return
	}
	l.report.Find(rights, report.Finding{
		Code:    report.MongoRights,
		Says:    fmt.Sprintf("User %q lacks rights on the collection %s that emitting and asking need.", l.target.User(), l.name()),
		Do:      fmt.Sprintf("Grant it the role readWrite on database %q, or a role with insert, find and changeStream on the collection.", l.collection.Database().Name()),
		Details: l.denied,
	})
}

func (l *looker) name() string { return l.collection.Database().Name() + "." + l.collection.Name() }

// lookAtReplicaSet is false when there are no change streams.
func (l *looker) lookAtReplicaSet(ctx context.Context) bool {
	ctx, cancel := l.step(ctx)
	defer cancel()
	var hello struct {
		SetName string `bson:"setName"`
		Msg     string `bson:"msg"` // isdbgrid of a mongos
	}
	err := l.collection.Database().Client().Database("admin").RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&hello)
	switch {
	case err != nil:
		l.report.Skip(replicaSet, "%s", l.why(err))
	case hello.SetName == "" && hello.Msg != "isdbgrid":
		l.report.Find(replicaSet, report.Finding{
			Code: report.MongoNoReplicaSet,
			Says: "This MongoDB is no member of a replica set: it has no change streams, by which servers hear each other.",
			Do:   "Make it a replica set of one at least (mongod --replSet rs0, then rs.initiate()), and restart the servers.",
		})
		return false
	case hello.SetName != "":
		l.report.Pass(replicaSet, "%s", hello.SetName)
	default:
		l.report.Pass(replicaSet, "a sharded cluster")
	}
	return true
}

// lookAtServers asks each namespace who is there, where the question does not stay.
func (l *looker) lookAtServers(ctx context.Context, past past, mayAsk bool) {
	wait := min(l.opts.Timeout, answerTime)
	for _, name := range l.opts.Namespaces {
		s := members.Space{Namespace: name, Heard: past.servers(name, l.opts.Heartbeat), Wait: wait}
		if !mayAsk {
			l.judgeUnasked(s, past)
			continue
		}
		o := l.ask(ctx, name, probe.Plain, -1, wait)
		l.note(o.Send, "insert")
		l.note(o.Listen, "changeStream, or find")
		if err := errors.Join(o.Send, o.Listen); err != nil {
			if isDenied(o.Send) || isDenied(o.Listen) {
				l.report.Skip(servers, "%s: they can't be asked: %s", name, l.why(err))
			} else {
				members.Unasked(l.report, "MongoDB", name, l.why(err))
			}
			continue
		}
		s.Answered, s.Slowest = o.Servers(), o.Slowest()
		if s.Empty() {
			l.absent(s, past)
		} else {
			s.Judge(l.report, l.opts)
		}
		if len(s.Answered) > 0 {
			l.lookForOld(ctx, s)
		}
	}
	if !l.opts.Deep {
		l.report.Skip(oldServers, "only with --deep, as it leaves a warning in the log of each old server")
	}
}

func (l *looker) ask(ctx context.Context, name string, form probe.Form, want int, wait time.Duration) probe.Outcome {
	return probe.Ask(ctx, l.cluster.Driver(), probe.Question{
		Prefix: l.target.Prefix, Namespace: name, Form: form, Want: want, Wait: wait,
	})
}

func (l *looker) judgeUnasked(s members.Space, past past) {
	if s.Empty() {
		l.absent(s, past)
		return
	}
	l.report.Skip(servers, "%s: %s, and they are not asked: the question would stay in the collection", s.Namespace, report.Plural(len(s.Heard), "server sent a heartbeat", "servers sent heartbeats"))
}

// absent: nobody answers in the namespace.
func (l *looker) absent(s members.Space, past past) {
	there := past.namespaces()
	switch {
	case len(there) > 0:
		l.report.Find(servers, report.Finding{
			Code:    report.NamespaceEmpty,
			Says:    fmt.Sprintf("No server answers in namespace %s; the closest in which something was sent lately is %s.", s.Namespace, members.Closest(s.Namespace, there)),
			Do:      "Correct the namespace. A dynamic one has servers only once its first client has connected to it.",
			Details: []string{"namespaces of the last minute: " + report.List(there)},
		})
	case !l.report.Has(report.NoServers):
		l.report.Find(servers, report.Finding{
			Code: report.NoServers,
			Says: fmt.Sprintf("No server answers through the collection %s, and none has sent a heartbeat lately.", l.name()),
			Do:   "Check the collection and the database in the servers' configuration, and that they run. If they do, restart them.",
		})
	}
	s.JudgeNumber(l.report, l.opts.Expect)
}

// lookForOld asks once more in a form that old servers do not take.
func (l *looker) lookForOld(ctx context.Context, s members.Space) {
	if !l.opts.Deep {
		return
	}
	o := l.ask(ctx, s.Namespace, probe.Seven, len(s.Answered), s.Wait)
	if o.Send != nil || o.Listen != nil {
		return
	}
	members.JudgeOld(l.report, oldServers, s.Namespace, members.Without(s.Answered, o.Servers()))
}

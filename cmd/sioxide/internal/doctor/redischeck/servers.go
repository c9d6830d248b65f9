package redischeck

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/members"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/probe"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
)

// namespace is what is known of one namespace.
type namespace struct {
	place
	count    int      // subscribers of the channel of all servers, -1: not known
	own      []string // servers with a channel of their own
	answered []string
	slowest  time.Duration
}

// lookAtServers asks each namespace who is there.
func (l *looker) lookAtServers(ctx context.Context) {
	for _, name := range l.opts.Namespaces {
		n := namespace{place: place{l.target.Prefix, name, l.target.Sharded}}
		if l.inventory != nil {
			n.own = l.inventory.own(n.place)
		}
		n.count = l.countSubscribers(ctx, n.place)
		o := l.ask(ctx, name, probe.Plain, n.count)
		n.answered, n.slowest = o.Servers(), o.Slowest()
		if l.judgeOutcome(n, o) {
			l.judgeNamespace(n)
		}
		if len(n.answered) > 0 {
			l.lookForOld(ctx, n)
		}
	}
	if !l.opts.Deep {
		l.report.Skip(oldServers, "only with --deep, as it leaves a warning in the log of each old server")
	}
}

func (l *looker) ask(ctx context.Context, name string, form probe.Form, want int) probe.Outcome {
	return probe.Ask(ctx, l.cluster.Driver(), probe.Question{
		Prefix: l.target.Prefix, Namespace: name, Form: form, Want: want, Wait: l.opts.Timeout,
	})
}

// countSubscribers counts on all nodes those who take requests to all servers: a node
// of a cluster knows its own only.
func (l *looker) countSubscribers(ctx context.Context, p place) int {
	ctx, cancel := l.step(ctx)
	defer cancel()
	channel := emitter.RequestChannel(p.prefix, p.namespace, "")
	sum := 0
	for _, n := range l.nodes {
		count := n.client.PubSubNumSub
		if p.sharded {
			count = n.client.PubSubShardNumSub
		}
		counts, err := count(ctx, channel).Result()
		if err != nil {
			l.missing.note(err, "")
			return -1
		}
		sum += int(counts[channel])
	}
	return sum
}

// judgeOutcome is false when nothing can be said of the servers.
func (l *looker) judgeOutcome(n namespace, o probe.Outcome) bool {
	l.missing.note(o.Listen, emitter.ResponseChannel(l.target.Prefix, "*", "*"))
	l.missing.note(o.Send, emitter.RequestChannel(l.target.Prefix, n.namespace, "")+"*")
	err := errors.Join(o.Send, o.Listen)
	if err == nil {
		return true
	}
	if isDenied(o.Send) || isDenied(o.Listen) || errors.Is(err, errors.ErrUnsupported) || l.report.Has(report.RedisTooOld) {
		l.report.Skip(servers, "%s: they can't be asked: %s", n.namespace, l.why(err))
	} else {
		members.Unasked(l.report, "Redis", n.namespace, l.why(err))
	}
	if n.count == 0 {
		l.absent(n)
	}
	return false
}

func (l *looker) judgeNamespace(n namespace) {
	found := len(l.report.Findings)
	if n.count <= 0 && len(n.listening()) == 0 {
		l.absent(n)
	} else {
		l.judgeSilent(n)
		l.judgeForeign(n)
		l.judgePartlyDeaf(n)
		l.judgeOtherKind(n)
	}
	l.judgeExpected(n)
	if len(l.report.Findings) == found {
		l.report.Pass(servers, "%s: %s, the slowest in %s", n.namespace, report.Plural(len(n.answered), "server answers", "servers answer"), ms(n.slowest))
	}
}

// listening are the servers that have a channel of their own, or answer.
func (n namespace) listening() []string {
	all := slices.Sorted(slices.Values(slices.Concat(n.own, n.answered)))
	return slices.Compact(all)
}

func (l *looker) judgeSilent(n namespace) {
	silent := members.Without(n.own, n.answered)
	number := len(silent)
	if l.inventory == nil {
		number = n.count - len(n.answered)
	}
	if number <= 0 {
		return
	}
	f := report.Finding{
		Code: report.ServersSilent,
		Says: fmt.Sprintf("In namespace %s, %s within %s.", n.namespace, report.Plural(number, "server listens and does not answer", "servers listen and do not answer"), l.opts.Timeout),
		Do:   "Look at their logs and restart them. An event of the msgpack parser makes servers of the common parser deaf (their log shows a panic); one that is stopped or overloaded answers late, or never.",
	}
	if l.inventory == nil {
		f.Details = []string{fmt.Sprintf("%d subscribed, %d answered; which of them are servers is not known, as channels can't be listed", n.count, len(n.answered))}
	}
	f.Details = append(f.Details, report.Servers(silent)...)
	l.report.Find(servers, f)
}

// judgeForeign finds subscribers that have no channel of their own and do not
// answer: no server of socketioxide is so.
func (l *looker) judgeForeign(n namespace) {
	foreign := n.count - len(n.listening())
	if l.inventory == nil || foreign <= 0 {
		return
	}
	f := report.Finding{
		Code:    report.ForeignSubscriber,
		Says:    fmt.Sprintf("In namespace %s, the channel of requests has %s. The servers count it as one of them, and each of their own calls that asks the others waits 5 s for its answer.", n.namespace, report.Plural(foreign, "subscriber that is no server", "subscribers that are no servers")),
		Do:      "Find it (CLIENT LIST shows who has subscriptions) and end it. To look on, a program uses PSUBSCRIBE, which is not counted, or `sioxide tap`.",
		Details: []string{fmt.Sprintf("channel %q: %d subscribers, %s", emitter.RequestChannel(n.prefix, n.namespace, ""), n.count, report.Plural(len(n.listening()), "server", "servers"))},
	}
	if (*l.inventory)[n.place] != nil && (*l.inventory)[n.place].javascript {
		f.Details = append(f.Details, "servers of the JavaScript socket.io package use this prefix too: give each kind a prefix of its own")
	}
	f.Details = append(f.Details, l.suspects...)
	l.report.Find(servers, f)
}

// judgePartlyDeaf finds servers that hear their own channel only.
func (l *looker) judgePartlyDeaf(n namespace) {
	if n.count < 0 || len(n.own) <= n.count {
		return
	}
	l.report.Find(deafness, report.Finding{
		Code:    report.ServersDeaf,
		Says:    fmt.Sprintf("In namespace %s, %s listen to the channel of their own and not to the one of all servers: they have lost a part of their subscriptions.", n.namespace, report.Plural(len(n.own)-n.count, "server", "servers")),
		Do:      "Restart them.",
		Details: []string{"servers with a channel of their own: " + strings.Join(n.own, ", ")},
	})
}

// judgeOtherKind finds servers of the same namespace that this URL does not reach.
func (l *looker) judgeOtherKind(n namespace) {
	other := n.place
	other.sharded = !other.sharded
	if l.inventory != nil && l.inventory.has(other) {
		l.mismatch(n.namespace, "some of the servers listen", l.inventory.own(other))
	}
}

func (l *looker) judgeExpected(n namespace) {
	there := len(n.listening())
	if l.opts.Expect <= there {
		return
	}
	l.report.Find(deafness, report.Finding{
		Code: report.ServersDeaf,
		Says: fmt.Sprintf("%s should be there, and in namespace %s %s.", report.Plural(l.opts.Expect, "server", "servers"), n.namespace, report.Plural(there, "listens", "listen")),
		Do:   "Restart those that run and do not listen: servers that lost their connection to Redis stay deaf. " + l.uptime(),
	})
}

// lookForOld asks once more in a form that old servers do not take.
func (l *looker) lookForOld(ctx context.Context, n namespace) {
	if !l.opts.Deep {
		return
	}
	o := l.ask(ctx, n.namespace, probe.Seven, len(n.answered))
	if o.Send != nil || o.Listen != nil {
		return
	}
	members.JudgeOld(l.report, oldServers, n.namespace, members.Without(n.answered, o.Servers()))
}

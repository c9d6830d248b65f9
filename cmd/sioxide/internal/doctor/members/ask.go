package members

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/probe"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
)

// OldServers is the name of the check for servers before socketioxide-core 0.20.
const OldServers = "old servers"

// askTime is how long a probe waits where nobody tells how many will answer.
const askTime = 2 * time.Second

// Asked says how the namespaces of a backend are asked on which servers say that they
// are there.
type Asked struct {
	Driver         emitter.Driver
	Roster         emitter.Rosterer
	Prefix         string
	Backend, Where string // for texts: its name, and where its servers would be
	Options        report.Options
	Why            func(error) string
	Denied         func(error) bool // writes the finding of a right that is missing
}

// AskAll asks each namespace who is there.
func AskAll(ctx context.Context, r *report.Report, a Asked) {
	for _, name := range a.Options.Namespaces {
		s := Space{Namespace: name, Wait: min(a.Options.Timeout, askTime)}
		o := a.ask(ctx, s, probe.Plain, -1)
		if err := errors.Join(o.Send, o.Listen); err != nil {
			if a.Denied(err) {
				r.Skip(Check, "%s: they can't be asked", name)
			} else {
				Unasked(r, a.Backend, name, a.Why(err))
			}
			continue
		}
		s.Answered, s.Slowest = o.Servers(), o.Slowest()
		for _, id := range a.Roster.Roster(a.Prefix, name).IDs() {
			s.Heard = append(s.Heard, id.String())
		}
		if s.Empty() {
			a.absent(r, s)
			continue
		}
		s.Judge(r, a.Options)
		if a.Options.Deep && len(s.Answered) > 0 {
			o := a.ask(ctx, s, probe.Seven, len(s.Answered))
			JudgeOld(r, OldServers, name, Without(s.Answered, o.Servers()))
		}
	}
	if !a.Options.Deep {
		r.Skip(OldServers, "only with --deep, as it leaves a warning in the log of each old server")
	}
}

func (a Asked) ask(ctx context.Context, s Space, form probe.Form, want int) probe.Outcome {
	return probe.Ask(ctx, a.Driver, probe.Question{Prefix: a.Prefix, Namespace: s.Namespace, Form: form, Want: want, Wait: s.Wait})
}

func (a Asked) absent(r *report.Report, s Space) {
	if !r.Has(report.NoServers) {
		r.Find(Check, report.Finding{
			Code: report.NoServers,
			Says: fmt.Sprintf("No server answers in namespace %s by %s, and none says that it is there.", s.Namespace, a.Where),
			Do:   "Check the prefix, the namespace and the address in the servers' configuration, and that they run. A dynamic namespace has servers only once its first client has connected to it.",
		})
	}
	s.JudgeNumber(r, a.Options.Expect)
}

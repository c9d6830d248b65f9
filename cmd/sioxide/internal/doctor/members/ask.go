package members

import (
	"context"
	"errors"
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
	Driver  emitter.Driver
	Prefix  string
	Backend string // its name
	Options report.Options
	Heard   func() map[string][]string // who says so, by namespace; called when all were asked
	Why     func(error) string
	Denied  func(namespace string, err error) bool // writes the finding of a right that is missing
}

// Ask asks each namespace who is there, and judges what it hears.
func (a Asked) Ask(ctx context.Context, r *report.Report) {
	spaces := make([]Space, 0, len(a.Options.Namespaces))
	for _, name := range a.Options.Namespaces {
		s := Space{Namespace: name, Wait: min(a.Options.Timeout, askTime)}
		o := a.probe(ctx, s, probe.Plain, -1)
		if err := errors.Join(o.Send, o.Listen); err != nil && !errors.Is(err, emitter.ErrNoServers) {
			if !a.Denied(name, err) {
				Unasked(r, a.Backend, name, a.Why(err))
			}
			return
		}
		s.Answered, s.Slowest = o.Servers(), o.Slowest()
		spaces = append(spaces, s)
	}
	JudgePresent(r, a.Prefix, spaces, a.Heard(), a.Options)
	a.lookForOld(ctx, r, spaces)
}

// lookForOld asks once more in a form that old servers do not take.
func (a Asked) lookForOld(ctx context.Context, r *report.Report, spaces []Space) {
	if !a.Options.Deep {
		r.Skip(OldServers, "only with --deep, as it leaves a warning in the log of each old server")
		return
	}
	for _, s := range spaces {
		if len(s.Answered) == 0 {
			continue
		}
		o := a.probe(ctx, s, probe.Seven, len(s.Answered))
		if o.Send == nil && o.Listen == nil {
			JudgeOld(r, OldServers, s.Namespace, Without(s.Answered, o.Servers()))
		}
	}
}

func (a Asked) probe(ctx context.Context, s Space, form probe.Form, want int) probe.Outcome {
	return probe.Ask(ctx, a.Driver, probe.Question{Prefix: a.Prefix, Namespace: s.Namespace, Form: form, Want: want, Wait: s.Wait})
}

// Package members judges which servers of a namespace are there, on backends that do
// not count them: by their answers and their heartbeats.
package members

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/agnivade/levenshtein"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
	"github.com/sioxide/emitter/protocol"
)

// Names of the checks.
const (
	Check  = "servers"
	Deaf   = "deafness"
	Beats  = "heartbeats"
	Parser = "parser"
)

// Space is what is known of one namespace.
type Space struct {
	Namespace string
	Answered  []string // servers that answered
	Slowest   time.Duration
	Heard     []string // servers whose heartbeats came
	Wait      time.Duration
}

// Without returns those of all that are not among some.
func Without(all, some []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(some, s) })
}

// Empty tells whether nobody was there.
func (s Space) Empty() bool { return len(s.Answered)+len(s.Heard) == 0 }

// Judge writes what is wrong with a namespace that has servers.
func (s Space) Judge(r *report.Report, opts report.Options) {
	found := len(r.Findings)
	if silent := Without(s.Heard, s.Answered); len(silent) > 0 {
		r.Find(Check, report.Finding{
			Code:    report.ServersSilent,
			Says:    fmt.Sprintf("In namespace %s, %s within %s.", s.Namespace, report.Plural(len(silent), "server sends heartbeats and does not answer", "servers send heartbeats and do not answer"), s.Wait),
			Do:      "Look at their logs and restart them. A server that has just ended is heard of for a minute; one that got an event of the other parser, or lost its connection, stays deaf.",
			Details: report.Servers(silent),
		})
	}
	s.JudgeNumber(r, opts.Expect)
	if len(r.Findings) == found {
		r.Pass(Check, "%s: %s, the slowest in %s", s.Namespace, report.Plural(len(s.Answered), "server answers", "servers answer"), s.Slowest.Round(10*time.Microsecond))
	}
}

// JudgeNumber compares the servers that answer with those that should be there.
func (s Space) JudgeNumber(r *report.Report, expect int) {
	if expect <= len(s.Answered) {
		return
	}
	r.Find(Deaf, report.Finding{
		Code: report.ServersDeaf,
		Says: fmt.Sprintf("%s should be there, and in namespace %s %s.", report.Plural(expect, "server", "servers"), s.Namespace, report.Plural(len(s.Answered), "answers", "answer")),
		Do:   "Restart those that run and do not answer: a server that lost its connection may stay deaf.",
	})
}

// JudgeBeats finds servers that answer and were not heard of otherwise.
func (s Space) JudgeBeats(r *report.Report, code report.Code, watched time.Duration) {
	stopped := Without(s.Answered, s.Heard)
	if len(stopped) == 0 {
		if len(s.Answered) > 0 {
			r.Pass(Beats, "%s: of each server", s.Namespace)
		}
		return
	}
	r.Find(Beats, report.Finding{
		Code: code, Severity: report.Warning,
		Says:    fmt.Sprintf("In namespace %s, %s within %s: its heartbeat has stopped, as it does for good when it could not be sent once. The other servers forget it after a minute and no longer wait for its answers.", s.Namespace, report.Plural(len(stopped), "server answers and sent no heartbeat", "servers answer and sent no heartbeat"), watched),
		Do:      "Restart it. (Servers are told how often to send it, every 10 s by default; --watch listens for longer.)",
		Details: report.Servers(stopped),
	})
}

// Unasked writes that a namespace's servers could not be asked, for a reason that no
// other finding tells.
func Unasked(r *report.Report, backend, namespace, why string) {
	r.Find(Check, report.Finding{
		Code:    report.ServersUnasked,
		Says:    fmt.Sprintf("The servers of namespace %s could not be asked: %s did not take the question, or did not bring answers back.", namespace, backend),
		Do:      "See what it says, and look again when that is mended: an emitter meets the same.",
		Details: []string{why},
	})
}

// JudgeOld writes which servers did not take a question in the form that only new ones
// take.
func JudgeOld(r *report.Report, check, namespace string, old []string) {
	if len(old) == 0 {
		r.Pass(check, "%s: none", namespace)
		return
	}
	r.Find(check, report.Finding{
		Code: report.ServersOld, Severity: report.Warning,
		Says:    fmt.Sprintf("In namespace %s, %s older than socketioxide-core 0.20: they deliver an event twice to a socket that is in two of its rooms, and do not heed the timeout of a question.", namespace, report.Plural(len(old), "server is", "servers are")),
		Do:      "Upgrade them to socketioxide 0.18.9 or later; until then make emitters with OncePerSocket().",
		Details: report.Servers(old),
	})
}

// Closest returns the name that differs least from wanted.
func Closest(wanted string, names []string) string {
	distance := func(a string) int { return levenshtein.ComputeDistance(strings.ToLower(wanted), strings.ToLower(a)) }
	return slices.MinFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(distance(a), distance(b)), strings.Compare(a, b))
	})
}

// Traffic is what passing events tell of the parser.
type Traffic struct {
	Parser              emitter.Parser // that the URL says
	right               int            // values of it
	certain             bool           // a server has sent one
	byServers, byOthers []string       // who sent values of the other one
}

func (t *Traffic) wrong() protocol.ValueKind {
	if t.Parser == emitter.Msgpack {
		return protocol.Text
	}
	return protocol.Binary
}

// Take takes a value that a process has sent.
func (t *Traffic) Take(kind protocol.ValueKind, from string, isServer bool) {
	who := &t.byOthers
	if isServer {
		who = &t.byServers
	}
	t.certain = t.certain || isServer
	if kind != t.wrong() {
		t.right++
	} else if !slices.Contains(*who, from) {
		*who = append(*who, from)
	}
}

// Certain tells whether more would tell no more.
func (t *Traffic) Certain() bool { return t.certain }

// Judge writes what the parser is; otherwise says why nothing was seen.
func (t *Traffic) Judge(r *report.Report, otherwise string) {
	other := emitter.Msgpack
	if t.Parser == emitter.Msgpack {
		other = emitter.Common
	}
	f := report.Finding{
		Code: report.ParserMismatch,
		Do:   fmt.Sprintf("Send nothing before this is clear: an event of the wrong parser makes servers deaf, or disconnects every client. The parser is in the servers' code (ParserConfig); if it is %s, add parser=%s to the URL.", other, other),
	}
	switch {
	case len(t.byServers) > 0:
		f.Says = fmt.Sprintf("The servers use the %s parser, and the URL says %s.", other, t.Parser)
		f.Details = []string{"events or answers of server " + strings.Join(t.byServers, ", ")}
	case len(t.byOthers) > 0:
		f.Says = fmt.Sprintf("Somebody who is no server sends events of the %s parser, and the URL says %s: one of the two is wrong.", other, t.Parser)
		f.Details = []string{"events of " + strings.Join(t.byOthers, ", ")}
	case t.right == 0:
		r.Skip(Parser, "%s, and no probe of a parser is harmless", otherwise)
		return
	default:
		r.Pass(Parser, "events that passed are of the %s parser: %d", t.Parser, t.right)
		return
	}
	r.Find(Parser, f)
}

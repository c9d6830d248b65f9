package natscheck

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/members"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
	"github.com/sioxide/emitter/cmd/sioxide/internal/target"
	"github.com/sioxide/emitter/driver/natsdriver"
	"github.com/sioxide/emitter/driver/presence"
)

// Names of the checks, in the order in which they are made.
const (
	connection = "connection"
	payload    = "max_payload"
	headers    = "headers"
	capture    = "jetstream"
	rights     = "rights"
	servers    = members.Check
)

// messageSize is the largest message's unless told: what nats-server takes by default.
const messageSize = 1 << 20

// looker is one run.
type looker struct {
	cluster *target.Cluster
	target  *target.Target
	conn    *nats.Conn
	opts    report.Options
	report  *report.Report
}

// Look looks at cluster and writes what it finds into r.
func Look(ctx context.Context, cluster *target.Cluster, opts report.Options, r *report.Report) {
	l := &looker{cluster: cluster, target: cluster.Target(), conn: cluster.NATS(), opts: opts, report: r}
	if !l.lookAtConnection(ctx) {
		return
	}
	l.lookAtPayload()
	l.lookAtHeaders()
	l.lookAtJetStream(ctx)
	l.lookAtServers(ctx)
	r.Skip(members.Parser, "who subscribes to requests is taken for a server by NATS, and no probe of a parser is harmless")
}

func (l *looker) lookAtConnection(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, l.opts.Timeout)
	defer cancel()
	start := time.Now()
	if err := l.conn.FlushWithContext(ctx); err != nil {
		Unopened(ctx, l.target, err, l.report)
		return false
	}
	l.report.Pass(connection, "NATS %s answers in %s", l.conn.ConnectedServerVersion(), time.Since(start).Round(10*time.Microsecond))
	return true
}

func (l *looker) lookAtPayload() {
	size := cmp.Or(l.opts.MessageSize, messageSize)
	if most := int(l.conn.MaxPayload()); most < size {
		l.report.Find(payload, report.Finding{
			Code: report.NATSMaxPayload, Severity: report.Warning,
			Says: fmt.Sprintf("NATS takes messages of at most %s, and the largest that is to pass has %s.", report.Size(most), report.Size(size)),
			Do:   fmt.Sprintf("Set max_payload: %d in nats-server's configuration, and max_pending well above it; or say by --message-size what your largest message is.", size),
		})
		return
	}
	l.report.Pass(payload, "%s", report.Size(int(l.conn.MaxPayload())))
}

func (l *looker) lookAtHeaders() {
	if l.conn.HeadersSupported() {
		l.report.Pass(headers, "supported")
		return
	}
	l.report.Find(headers, report.Finding{
		Code: report.NATSHeaders, Severity: report.Warning,
		Says: "This NATS has no headers: it can't say that nobody listens, so that an event to nobody passes for sent.",
		Do:   "Use nats-server 2.2 or later, and leave out no_header_support.",
	})
}

// lookAtJetStream looks for streams that keep what passes.
func (l *looker) lookAtJetStream(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, l.opts.Timeout)
	defer cancel()
	root, err := l.subject()
	if err != nil {
		l.report.Skip(capture, "%s", l.why(err))
		return
	}
	js, err := jetstream.New(l.conn)
	if err != nil {
		l.report.Skip(capture, "%s", l.why(err))
		return
	}
	list := js.StreamNames(ctx, jetstream.WithStreamListSubject(root+".>"))
	var names []string
	for name := range list.Name() {
		names = append(names, name)
	}
	switch err := list.Err(); {
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount), errors.Is(err, nats.ErrNoResponders):
		l.report.Pass(capture, "there is none")
	case err != nil && !errors.Is(err, jetstream.ErrEndOfData):
		l.report.Skip(capture, "%s", l.why(err))
	case len(names) > 0:
		l.report.Find(capture, report.Finding{
			Code: report.NATSJetStreamCapture, Severity: report.Warning,
			Says: fmt.Sprintf("JetStream keeps what passes on %s: each message is written, and answered, so that NATS no longer says that nobody listens.", root+".>"),
			Do:   "Take these subjects out of the streams, or give the cluster a prefix that no stream has.", Details: []string{"streams: " + report.List(names)},
		})
	default:
		l.report.Pass(capture, "no stream keeps %s", root+".>")
	}
}

// subject is the token of the prefix, by which all subjects of the cluster begin.
func (l *looker) subject() (string, error) {
	subject, err := natsdriver.Subject(l.target.Prefix, emitter.RequestChannel(l.target.Prefix, "/", ""))
	root, _, _ := strings.Cut(subject, ".")
	return root, err
}

// lookAtServers asks each namespace who is there, and hears meanwhile what the servers
// say: asking has them say it.
func (l *looker) lookAtServers(ctx context.Context) {
	heard := members.NewPresences(l.target.Prefix)
	subject, err := natsdriver.Subject(l.target.Prefix, presence.Channel(l.target.Prefix))
	if err == nil {
		var sub *nats.Subscription
		if sub, err = l.conn.Subscribe(subject, func(m *nats.Msg) { heard.Take(m.Data) }); err == nil {
			defer func() { _ = sub.Unsubscribe() }()
		}
	}
	if err != nil {
		members.Unasked(l.report, "NATS", l.opts.Namespaces[0], l.why(err))
		return
	}
	members.Asked{
		Driver: l.cluster.Driver(), Prefix: l.target.Prefix, Backend: "NATS", Options: l.opts, Heard: heard.Servers, Why: l.why, Denied: l.denied,
	}.Ask(ctx, l.report)
}

// denied writes the finding of a right that is missing, and tells whether err is one.
func (l *looker) denied(name string, err error) bool {
	if !errors.Is(err, nats.ErrPermissionViolation) {
		return false
	}
	root, _ := l.subject() // it was a subject before
	l.report.Find(rights, report.Finding{
		Code:    report.NATSRights,
		Says:    fmt.Sprintf("The NATS user may not do what emitting and asking need, in namespace %s.", name),
		Do:      fmt.Sprintf(`Give it permissions { publish: ["%s.request.>", "%s.presence"], subscribe: ["%s.response.>", "%s.presence", "_INBOX.>"] }.`, root, root, root, root),
		Details: []string{l.why(err)},
	})
	return true
}

func (l *looker) why(err error) string { return l.target.ScrubText(err.Error()) }

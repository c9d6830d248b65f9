package doctor

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/kafkacheck"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/mongocheck"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/natscheck"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/pgcheck"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/redischeck"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
	"github.com/sioxide/emitter/cmd/sioxide/internal/target"
)

// Report is what was found; package report has its parts.
type Report = report.Report

// Options say what to look at.
type Options = report.Options

// Defaults of Options.
const (
	DefaultTimeout   = 5 * time.Second
	DefaultWatch     = 3 * time.Second
	DefaultHeartbeat = 12 * time.Second // servers send one every 10 s
)

// complete puts defaults where there is nothing. Watch and Heartbeat stay 0.
func complete(o Options) Options {
	o.Timeout = cmp.Or(o.Timeout, DefaultTimeout)
	if len(o.Namespaces) == 0 {
		o.Namespaces = []string{"/"}
	}
	var names []string
	for _, name := range o.Namespaces {
		if name = "/" + strings.TrimPrefix(name, "/"); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	o.Namespaces = names
	return o
}

// Run looks at t. It sends no event, subscribes to no channel of requests, and asks
// servers only by the probe of docs/protocol.md.
func Run(ctx context.Context, t *target.Target, opts Options) *Report {
	opts = complete(opts)
	r := report.New(t.String())
	cluster, err := t.Open(ctx)
	if err != nil {
		if t.Backend == target.NATS && natscheck.IsOfServer(err) {
			natscheck.Unopened(ctx, t, err, r)
		} else {
			r.Find("url", invalid(err))
		}
		return r
	}
	defer func() { _ = cluster.Close() }() // nothing of it is used any more
	switch t.Backend {
	case target.Postgres:
		pgcheck.Look(ctx, cluster, opts, r)
	case target.Mongo:
		mongocheck.Look(ctx, cluster, opts, r)
	case target.Kafka:
		kafkacheck.Look(ctx, cluster, opts, r)
	case target.NATS:
		natscheck.Look(ctx, cluster, opts, r)
	default:
		redischeck.Look(ctx, cluster, opts, r)
	}
	if ctx.Err() != nil {
		r.Skip("the rest", "it was interrupted")
	}
	return r
}

// invalid is the finding of a URL that can't be used.
func invalid(err error) report.Finding {
	f := report.Finding{
		Code: report.URLInvalid,
		Says: "The URL of the cluster can't be used.",
		Do:   "Correct it; `sioxide doctor --help` has examples.",

		Details: []string{err.Error()},
	}
	if errors.Is(err, errors.ErrUnsupported) {
		f.Do = "Use a version of sioxide that has a driver for it."
	}
	return f
}

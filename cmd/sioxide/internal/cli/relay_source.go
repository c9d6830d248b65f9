package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sioxide/emitter/cmd/sioxide/internal/target"
	"github.com/sioxide/emitter/outbox"
	"github.com/sioxide/emitter/relay"
	"github.com/sioxide/emitter/relay/pgsource"
	"github.com/sioxide/emitter/relay/redissource"
)

// sourceKind is where operations may wait, by the backend of a URL.
type sourceKind struct {
	backend target.Backend
	form    string   // as help shows it
	options []string // of the URL's query that are the source's own
	open    func(ctx context.Context, at *target.Cluster, q url.Values, l *slog.Logger) (relay.Source, error)
}

var sourceKinds = []sourceKind{ //nolint:gochecknoglobals // a table
	{target.Redis, "redis://…?stream=&partitions=&group=", []string{"stream", "partitions", "group"}, openRedisSource},
	{target.Postgres, "postgres://…?table=&create=true", []string{"table", "create"}, openPostgresSource},
}

func sourceList() string {
	var b strings.Builder
	for _, k := range sourceKinds {
		fmt.Fprintf(&b, "  %-40s %s\n", k.form, k.backend)
	}
	return b.String()
}

// openedSource is a source and the client that it runs on.
type openedSource struct {
	source relay.Source
	at     *target.Cluster
}

// sourceGrace is how long a source may take to give back what it has.
const sourceGrace = 2 * time.Second

func (s *openedSource) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), sourceGrace)
	defer cancel()
	return s.at.Target().Scrub(errors.Join(s.source.Close(ctx), s.at.Close()))
}

// openSource opens what a URL names: its client as that of a cluster, but for the
// source's own options.
func openSource(ctx context.Context, raw string, l *slog.Logger) (*openedSource, error) {
	base, own, err := splitOptions(raw)
	if err != nil {
		return nil, usage("--from: %v", err)
	}
	t, err := target.Parse(base)
	if err != nil {
		return nil, usage("--from: %v", err)
	}
	i := slices.IndexFunc(sourceKinds, func(k sourceKind) bool { return k.backend == t.Backend })
	if i < 0 {
		return nil, usage("--from: operations can't be read from %s; there are\n%s", t.Backend, sourceList())
	}
	for name := range own {
		if !slices.Contains(sourceKinds[i].options, name) {
			return nil, usage("--from: %s has no option %s; it has %s", t.Backend, name, strings.Join(sourceKinds[i].options, ", "))
		}
	}
	at, err := t.Open(ctx, target.WithLogger(l))
	if err != nil {
		return nil, err
	}
	source, err := sourceKinds[i].open(ctx, at, own, l)
	if err != nil {
		return nil, t.Scrub(errors.Join(fmt.Errorf("--from: %w", err), at.Close()))
	}
	return &openedSource{source, at}, nil
}

// splitOptions takes the options of sources out of a URL. Its errors quote nothing of it.
func splitOptions(raw string) (base string, own url.Values, err error) {
	base, query, _ := strings.Cut(raw, "?")
	all, err := url.ParseQuery(query)
	if err != nil {
		return "", nil, errors.New("its options can't be read")
	}
	own = make(url.Values)
	for _, k := range sourceKinds {
		for _, name := range k.options {
			if values, ok := all[name]; ok {
				own[name] = values
				delete(all, name)
			}
		}
	}
	if len(all) > 0 {
		base += "?" + all.Encode()
	}
	return base, own, nil
}

func openRedisSource(_ context.Context, at *target.Cluster, q url.Values, l *slog.Logger) (relay.Source, error) {
	opts := []redissource.Option{redissource.WithLogger(l)}
	if q.Has("stream") {
		opts = append(opts, redissource.Stream(q.Get("stream")))
	}
	if q.Has("group") {
		opts = append(opts, redissource.Group(q.Get("group")))
	}
	if q.Has("partitions") {
		n, err := strconv.Atoi(q.Get("partitions"))
		if err != nil || n < 1 {
			return nil, errors.New("partitions: it is a number of at least 1")
		}
		opts = append(opts, redissource.Partitions(n))
	}
	return redissource.New(at.Redis(), opts...), nil
}

func openPostgresSource(ctx context.Context, at *target.Cluster, q url.Values, l *slog.Logger) (relay.Source, error) {
	table := outbox.DefaultTable
	if q.Has("table") {
		table = q.Get("table")
	}
	if q.Has("create") {
		create, err := strconv.ParseBool(q.Get("create"))
		if err != nil {
			return nil, errors.New("create: it is true or false")
		}
		if create {
			if err := pgsource.CreateTable(ctx, at.Postgres(), table); err != nil {
				return nil, err
			}
		}
	}
	return pgsource.New(at.Postgres(), pgsource.Table(table), pgsource.WithLogger(l)), nil
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sioxide/emitter/cmd/sioxide/internal/target"
	"github.com/sioxide/emitter/relay"
)

// sourceKind is where operations may wait, by the backend of a URL.
type sourceKind struct {
	backend target.Backend
	form    string   // as help shows it
	options []string // of the URL's query that are the source's own
	path    string   // the option that the URL's path stands for; "": its path is that of a cluster
	dead    string   // where dead letters go
	movable bool     // --dead may name another place
	open    func(context.Context, sourceConfig) (relay.Source, error)
}

// sourceConfig is what a source is made of.
type sourceConfig struct {
	at      *target.Cluster
	options url.Values
	dead    string // --dead
	logger  *slog.Logger
}

var sourceKinds = []sourceKind{ //nolint:gochecknoglobals // a table
	{target.Redis, "redis://…?stream=&partitions=&group=", []string{"stream", "partitions", "group"}, "", "stream {STREAM}:dead", false, openRedisSource},
	{target.Postgres, "postgres://…?table=&create=true", []string{"table", "create"}, "", "table TABLE_dead", false, openPostgresSource},
	{target.Kafka, "kafka://…/TOPIC?group=", []string{"topic", "group"}, "topic", "topic TOPIC.dead", true, openKafkaSource},
	{target.NATS, "nats://…?stream=&bucket=", []string{"stream", "bucket"}, "", "subject NAME.dead", true, openJetStreamSource},
}

func sourceList() string {
	var b strings.Builder
	for _, k := range sourceKinds {
		name := string(k.backend)
		if k.backend == target.NATS {
			name += " JetStream"
		}
		fmt.Fprintf(&b, "  %-38s %-15s dead letters: %s\n", k.form, name, k.dead)
	}
	return b.String()
}

// namedSource is a source that a URL names, not yet opened.
type namedSource struct {
	kind    sourceKind
	target  *target.Target
	options url.Values
	dead    string
}

// nameSource reads the URL of a source: that of a cluster, and the source's own options.
func nameSource(raw, dead string) (*namedSource, error) {
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
	kind := sourceKinds[i]
	for name, values := range own {
		if !slices.Contains(kind.options, name) {
			return nil, usage("--from: %s has no option %s; it has %s", t.Backend, name, strings.Join(kind.options, ", "))
		}
		if len(values) > 1 || values[0] == "" {
			return nil, usage("--from: option %s is empty, or given twice", name)
		}
	}
	if dead != "" && !kind.movable {
		return nil, usage("--dead: dead letters of %s can't go elsewhere than to %s", t.Backend, kind.dead)
	}
	return &namedSource{kind, t, own, dead}, nil
}

// open opens it.
func (n *namedSource) open(ctx context.Context, l *slog.Logger) (*openedSource, error) {
	at, err := n.target.Open(ctx, target.WithLogger(l), target.Patient())
	if err != nil {
		return nil, err
	}
	source, err := n.kind.open(ctx, sourceConfig{at, n.options, n.dead, l})
	if err != nil {
		return nil, n.target.Scrub(errors.Join(fmt.Errorf("--from: %w", err), at.Close()))
	}
	return &openedSource{source, at}, nil
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

var errOptions = errors.New("its options or its path can't be read")

// splitOptions takes the options of sources out of a URL. Its errors quote nothing of it.
func splitOptions(raw string) (base string, own url.Values, err error) {
	base, query, _ := strings.Cut(strings.TrimSpace(raw), "?")
	all, err := url.ParseQuery(query)
	if err != nil {
		return "", nil, errOptions
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
	if base, err = takePath(base, own); err != nil {
		return "", nil, err
	}
	if len(all) > 0 {
		base += "?" + all.Encode()
	}
	return base, own, nil
}

// takePath makes the path an option, where the path of a source is one.
func takePath(base string, own url.Values) (string, error) {
	scheme, rest, _ := strings.Cut(base, "://")
	authority, path, _ := strings.Cut(rest, "/")
	i := slices.IndexFunc(sourceKinds, func(k sourceKind) bool {
		return k.path != "" && target.BackendOf(scheme) == k.backend
	})
	if i < 0 || path == "" || strings.Contains(path, "@") { // with an @, the path is a part of a password
		return base, nil
	}
	value, err := url.PathUnescape(path)
	if err != nil {
		return "", errOptions
	}
	own[sourceKinds[i].path] = append(own[sourceKinds[i].path], value)
	return scheme + "://" + authority, nil
}

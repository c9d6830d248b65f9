package cli

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"

	"github.com/sioxide/emitter/cmd/sioxide/internal/tap"
	"github.com/sioxide/emitter/cmd/sioxide/internal/target"
)

const tapLong = `Shows the operations on the cluster's channels as they pass, decoded, until it is
interrupted. It is not counted as a server, and leaves no trace. Requests of servers
among themselves pass the same channels; questions and heartbeats only with --questions.

On Redis it uses PSUBSCRIBE, which needs the right to these channels. Sharded pub/sub
has no such way; --monitor uses MONITOR instead, on the nodes of the namespaces' slots.
That costs: the node writes every command that it executes, of all its users, to this
program, which by Redis's documentation may halve what it does. It needs the right to
MONITOR.

On PostgreSQL it listens, on the channels of the namespaces given by --ns (default /); on
MongoDB it opens a change stream. On Kafka it reads the topic from its end on, in no
consumer group. On NATS it subscribes to PREFIX.request.>: as long as it does, NATS tells
nobody that no server listens, so that questions to nobody wait for their whole time.`

const tapExample = `  sioxide tap
  sioxide tap --ns /chat --event message
  sioxide tap --room news --operations > news.ndjson    # for: sioxide emit - < news.ndjson
  sioxide tap --url 'redis+cluster://localhost:7000' --monitor`

// tapFlags are the flags of tap.
type tapFlags struct {
	filter     tap.Filter
	monitor    bool
	operations bool
	count      int
}

func (a *app) tapCommand() *cobra.Command {
	var f tapFlags
	cmd := &cobra.Command{
		Use:     "tap",
		Short:   "Watch the operations on the cluster's channels as they pass",
		Long:    tapLong,
		Example: tapExample,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.count < 0 {
				return usage("--count %d: it must be at least 1", f.count)
			}
			for i, ns := range f.filter.Namespaces {
				if !strings.HasPrefix(ns, "/") {
					f.filter.Namespaces[i] = "/" + ns
				}
			}
			c, err := a.open(cmd)
			if err != nil {
				return err
			}
			defer closed(c)
			return a.tap(cmd.Context(), c, &f)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.filter.Namespaces, "ns", nil, "only this namespace; may be repeated (default all; on PostgreSQL, and with --monitor on a cluster, /)")
	flags.StringArrayVar(&f.filter.Rooms, "room", nil, "only what names this room; may be repeated")
	flags.StringArrayVar(&f.filter.Events, "event", nil, "only this event; may be repeated")
	flags.BoolVar(&f.filter.Questions, "questions", false, "also questions and heartbeats")
	flags.BoolVar(&f.monitor, "monitor", false, "use MONITOR, which costs: see above")
	flags.BoolVar(&f.operations, "operations", false, "print operations only, as emit --stdin reads them")
	flags.IntVar(&f.count, "count", 0, "end after so many (0: never)")
	return cmd
}

// errEnough ends a tap that has seen --count messages.
var errEnough = errors.New("enough")

func (a *app) tap(ctx context.Context, c *target.Cluster, f *tapFlags) error {
	t, sink := c.Target(), a.tapSink(f)
	var err error
	switch {
	case f.monitor && t.Backend != target.Redis:
		return usage("--monitor is for Redis")
	case f.monitor:
		err = a.monitor(ctx, c, f, sink)
	case t.Backend == target.Postgres:
		namespaces := given(f.filter.Namespaces)
		a.console.Note("PostgreSQL's channels are hashes of their names: only namespaces that are given are watched, here %s", strings.Join(namespaces, ", "))
		err = tap.Postgres(ctx, c.Postgres(), c.Emitter(), t.Prefix, t.Table, namespaces, sink)
	case t.Backend == target.Mongo:
		err = tap.Mongo(ctx, c.Mongo(), t.Prefix, f.filter.Namespaces, sink)
	case t.Backend == target.Kafka:
		err = tap.Kafka(ctx, c.KafkaOptions(), t.Prefix, f.filter.Namespaces, sink)
	case t.Backend == target.NATS:
		err = tap.NATS(ctx, c.NATS(), t.Prefix, f.filter.Namespaces, sink)
	case t.Sharded:
		return usage("sharded pub/sub has no way to watch without being counted as a server; --monitor uses MONITOR on the slot's node, which costs (sioxide tap --help)")
	default:
		err = tap.Classic(ctx, c.Redis(), t.Prefix, f.filter.Namespaces, sink)
	}
	if errors.Is(err, errEnough) || ctx.Err() != nil { // to interrupt it is how it ends
		return nil
	}
	return err
}

// given are the namespaces, or / where none is.
func given(namespaces []string) []string {
	if len(namespaces) == 0 {
		return []string{"/"}
	}
	return namespaces
}

// monitor watches the nodes of the namespaces, all at once.
func (a *app) monitor(ctx context.Context, c *target.Cluster, f *tapFlags, sink tap.Sink) error {
	t := c.Target()
	namespaces := given(f.filter.Namespaces)
	nodes, err := tap.Nodes(ctx, c.Redis(), c.Emitter(), t.Prefix, namespaces)
	if err != nil {
		return err
	}
	if t.IsCluster() {
		f.filter.Namespaces = namespaces
	}
	a.console.Note("warning: MONITOR makes %s write every command of all users to this program, which slows it down; end it soon", nodeNames(nodes))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sink.Ready = afterCalls(len(nodes), sink.Ready)
	failed := make(chan error, len(nodes))
	var running sync.WaitGroup
	for _, node := range nodes {
		running.Go(func() { failed <- tap.Monitor(ctx, node, t.Prefix, sink) })
	}
	err = <-failed // the first one tells why
	cancel()
	running.Wait()
	return err
}

func nodeNames(nodes []*redis.Client) string {
	names := make([]string, len(nodes))
	for i, node := range nodes {
		names[i] = node.Options().Addr
	}
	return strings.Join(names, ", ")
}

// afterCalls calls f at the nth call.
func afterCalls(n int, f func()) func() {
	var mu sync.Mutex
	return func() {
		mu.Lock()
		defer mu.Unlock()
		if n--; n == 0 {
			f()
		}
	}
}

package cli

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/outbox"
)

const emitLong = `Emits an event to the selected sockets; without a selection to everybody in the
namespace. Arguments are JSON: a string needs its quotes. {"$bin":"base64"} stands for a
binary, and {"$file":"NAME"} for the bytes of the file that --file NAME=@path names.

With - or --stdin it reads operations, one JSON object a line, and performs each:

  {"op":"emit","ns":"/","to":["news"],"event":"headline","args":["hello"]}

op is emit, join, leave or disconnect; the other fields are id, prefix, except, socket,
except_socket, server, volatile, rooms, at. What is unknown is an error. A bad line ends
the run, or with --keep-going is passed over; its number is told. Operations are sent no
faster than servers take them (a window with a probe behind it); clients' own queues are
watched only with --acked, for clients that answer every event.`

const emitExample = `  sioxide emit headline '{"title":"hello"}' '"now"' --to news --except muted
  sioxide emit photo '{"image":{"$file":"cat"}}' --file cat=@cat.jpg
  sioxide emit ready? --to lobby --ack --timeout 2s
  sioxide emit headline '"hello"' --dry-run
  sioxide emit - < operations.ndjson
  tail -f events.ndjson | sioxide emit --stdin --keep-going`

// emitFlags are the flags of emit.
type emitFlags struct {
	selection
	volatile  bool
	ack       bool
	timeout   time.Duration
	files     []string
	stdin     bool
	keepGoing bool
	dryRun    bool
	yes       bool
	window    int
	rate      float64
	acked     bool
}

func (a *app) emitCommand() *cobra.Command {
	var f emitFlags
	cmd := &cobra.Command{
		Use:     "emit EVENT [JSON…] | -",
		Short:   "Emit an event, or perform operations from the standard input",
		Long:    emitLong,
		Example: emitExample,
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.checkAll(cmd, args); err != nil {
				return err
			}
			if f.stdin {
				return a.emitStdin(cmd, &f)
			}
			return a.emitOne(cmd, &f, args)
		},
	}
	f.addTo(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&f.volatile, "volatile", false, "servers may drop the event for clients that are not ready")
	flags.BoolVar(&f.ack, "ack", false, "wait for the answers and print each as it comes")
	flags.DurationVar(&f.timeout, "timeout", 0, "how long clients may take to answer (default the servers' own, 5s)")
	flags.StringArrayVar(&f.files, "file", nil, `NAME=@path: the bytes for {"$file":"NAME"}; may be repeated`)
	flags.BoolVar(&f.dryRun, "dry-run", false, "show the request and its bytes, and send nothing")
	flags.BoolVar(&f.stdin, "stdin", false, "read operations from the standard input, as - does")
	flags.BoolVar(&f.keepGoing, "keep-going", false, "with --stdin: go on after a bad line")
	flags.IntVar(&f.window, "window", 0, "with --stdin: events until servers must have taken them (0: what the backend holds)")
	flags.Float64Var(&f.rate, "rate", 0, "with --stdin: at most so many events a second")
	flags.BoolVar(&f.acked, "acked", false, "with --stdin: wait for clients' answers to the last event of each window")
	flags.BoolVar(&f.yes, "yes", false, "with --stdin: disconnect everybody where a line says so")
	return cmd
}

// checkAll refuses what does not go together.
func (f *emitFlags) checkAll(cmd *cobra.Command, args []string) error {
	if len(args) == 1 && args[0] == "-" {
		f.stdin, args = true, nil
	}
	changed := func(name string) bool { return cmd.Flags().Changed(name) }
	refuse := func(names []string, reason string) error {
		for _, name := range names {
			if changed(name) {
				return usage("--%s %s", name, reason)
			}
		}
		return nil
	}
	if err := checkTimeout(f.timeout, changed("timeout")); err != nil {
		return err
	}
	if changed("timeout") && !f.ack {
		return usage("--timeout is for the answers of --ack")
	}
	if f.stdin {
		if len(args) > 0 {
			return usage("an event beside --stdin: each line names its own")
		}
		if (changed("rate") && !(f.rate > 0)) || f.window < 0 {
			return usage("--rate and --window must be more than 0")
		}
		if f.ack {
			if err := refuse([]string{"window", "rate", "acked"}, "is of no use with --ack, which waits for every answer"); err != nil {
				return err
			}
		}
		return refuse(append([]string{"volatile", "file", "dry-run"}, selectionFlags...), "beside --stdin: each line says it itself")
	}
	if len(args) == 0 {
		return usage("name an event, or - for operations from the standard input")
	}
	if f.ack && f.dryRun {
		return usage("--ack with --dry-run: nothing is sent that could be answered")
	}
	if err := refuse([]string{"keep-going", "window", "rate", "acked", "yes"}, "is for --stdin"); err != nil {
		return err
	}
	return f.check(cmd)
}

// emitOne performs the operation that the arguments are.
func (a *app) emitOne(cmd *cobra.Command, f *emitFlags, args []string) error {
	t, err := a.resolve(cmd)
	if err != nil {
		return err
	}
	o := f.operation(outbox.Emit, t.Prefix)
	o.Event, o.Volatile = args[0], f.volatile
	if o.Args, err = parseArgs(args[1:], f.files); err != nil {
		return err
	}
	if f.dryRun {
		return a.dryRun(cmd.Context(), t, o)
	}
	if f.ack {
		return a.emitWithAck(cmd, f, o)
	}
	return a.perform(cmd, o, false)
}

// perform does one operation, and waits until the servers have done it where wait is
// set.
func (a *app) perform(cmd *cobra.Command, o *outbox.Operation, wait bool) error {
	if err := o.Check(); err != nil {
		return &usageError{err}
	}
	c, err := a.open(cmd)
	if err != nil {
		return err
	}
	defer closed(c)
	ctx := cmd.Context()
	io := c.Emitter(emitter.RequireServers())
	if err := checkRooms(ctx, io, o); err != nil {
		return err
	}
	err = o.Perform(ctx, io)
	if err == nil && wait {
		everybody := outbox.Operation{Prefix: o.Prefix, Namespace: o.Namespace}
		if err = everybody.Select(io).Sync(ctx); err != nil {
			err = fmt.Errorf("it was sent, but not every server says so: %w", err)
		}
	}
	return a.explain(err)
}

// emitWithAck emits and prints the answers as they come.
func (a *app) emitWithAck(cmd *cobra.Command, f *emitFlags, o *outbox.Operation) error {
	if err := o.Check(); err != nil {
		return &usageError{err}
	}
	c, err := a.open(cmd)
	if err != nil {
		return err
	}
	defer closed(c)
	io := c.Emitter()
	if err := checkRooms(cmd.Context(), io, o); err != nil {
		return err
	}
	return a.explain(a.ask(cmd.Context(), io, o, f.timeout, 0))
}

// parseArgs checks the arguments of an event.
func parseArgs(args, files []string) ([]json.RawMessage, error) {
	known, err := readFiles(files)
	if err != nil {
		return nil, err
	}
	out := make([]json.RawMessage, 0, len(args))
	for i, arg := range args {
		if !json.Valid([]byte(arg)) {
			return nil, usage("argument %d is not JSON: %.100q (a string needs its quotes: '\"text\"')", i+1, arg)
		}
		raw, err := known.insert(json.RawMessage(arg))
		if err != nil {
			return nil, usage("argument %d: %w", i+1, err)
		}
		out = append(out, raw)
	}
	return out, known.checkUsed()
}

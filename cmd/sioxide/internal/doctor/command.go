package doctor

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/sioxide/emitter/cmd/sioxide/internal/console"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
	"github.com/sioxide/emitter/cmd/sioxide/internal/target"
)

// UnhealthyError is the error of a run that was not healthy, or not made. Its ExitCode is 1
// with findings and 2 when the doctor could not look. What was found is printed
// already, so it has no text then.
type UnhealthyError struct {
	code int
	text string
}

// ExitCode is the exit status of the command.
func (f *UnhealthyError) ExitCode() int { return f.code }

func (f *UnhealthyError) Error() string { return f.text }

const long = `Looks at a cluster and says what is wrong, and what to do.

It sends no event and leaves no trace: it reads what the backend tells of itself,
watches what passes, and asks the servers a question that changes nothing.

The exit status is 0 when nothing is wrong, 1 with findings, and 2 when it could not
look: the URL is bad, the backend unreachable, its password refused, its TLS another.
Each finding has a code and a section of that name in docs/troubleshooting.md.`

const examples = `  sioxide doctor --url redis://localhost:6379
  sioxide doctor --url 'redis+cluster://a:6379,b:6379?prefix=shop' --ns /chat --ns /admin
  sioxide doctor --url redis://localhost:6379 --expect 3 --deep
  sioxide doctor --url 'redis://app@localhost:6379?password-env=REDIS_PASSWORD' --json`

// Command is `sioxide doctor`. resolve says which cluster is meant.
func Command(resolve func(*cobra.Command) (*target.Target, error)) *cobra.Command {
	var opts Options
	var asJSON bool
	cmd := &cobra.Command{
		Use: "doctor", Short: "Say why nothing arrives", Long: long, Example: examples,
		Args: cobra.NoArgs, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := check(opts); err != nil {
				return &UnhealthyError{report.Blind, err.Error()}
			}
			opts.Heartbeat = DefaultHeartbeat
			if cmd.Flags().Changed("watch") {
				opts.Heartbeat = opts.Watch
			}
			var r *Report
			if t, err := resolve(cmd); err != nil {
				r = report.New("")
				r.Find("url", invalid(err))
			} else {
				announce(cmd.ErrOrStderr(), t, opts)
				r = Run(cmd.Context(), t, opts)
			}
			if err := write(cmd.OutOrStdout(), r, asJSON); err != nil {
				return err
			}
			if err := cmd.Context().Err(); err != nil {
				return err // interrupted: the report is of a part
			}
			return verdict(r)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&opts.Namespaces, "ns", []string{"/"}, "look at this `namespace`; may be repeated")
	flags.IntVar(&opts.MessageSize, "message-size", 0, "`bytes` of the largest message that is to pass (default 4 MiB, on MongoDB 64 KiB)")
	flags.BoolVar(&opts.Deep, "deep", false, "find servers before socketioxide-core 0.20 too: each logs one warning")
	flags.IntVar(&opts.Expect, "expect", 0, "how many `servers` run, to find those that do not listen")
	flags.DurationVar(&opts.Timeout, "timeout", DefaultTimeout, "wait at most so long in each step")
	flags.DurationVar(&opts.Watch, "watch", DefaultWatch, "watch passing messages for so long; 0 does not (heartbeats are waited for up to 12s without this flag)")
	flags.BoolVar(&asJSON, "json", false, "print the report as one line of JSON")
	return cmd
}

// check refuses what no run could mean.
func check(o Options) error {
	switch {
	case o.Timeout < time.Millisecond:
		return fmt.Errorf("--timeout %s: give at least 1ms", o.Timeout)
	case o.Watch < 0:
		return fmt.Errorf("--watch %s: give 0 or more", o.Watch)
	case o.MessageSize < 0 || o.MessageSize > 1<<30:
		return fmt.Errorf("--message-size %d: give at most %d bytes", o.MessageSize, 1<<30)
	case slices.ContainsFunc(o.Namespaces, func(name string) bool { return strings.Contains(name, "#") || !utf8.ValidString(name) }):
		return errors.New("--ns: a namespace is valid UTF-8 and has no #, servers refuse others")
	case o.Expect < 0:
		return fmt.Errorf("--expect %d: give 0 or more", o.Expect)
	}
	return nil
}

// announce tells somebody at a terminal that it takes a while.
func announce(w io.Writer, t *target.Target, opts Options) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return
	}
	watch := opts.Watch
	if t.Backend == target.Postgres {
		watch = opts.Heartbeat
	}
	if watch > time.Second && t.Backend != target.Mongo {
		fmt.Fprintf(w, "looking, and watching what passes for up to %s …\n", watch)
	}
}

func write(w io.Writer, r *Report, asJSON bool) error {
	if asJSON {
		return r.WriteJSON(w)
	}
	return r.WriteText(w, layoutOf(w))
}

// verdict makes the exit status of a report.
func verdict(r *Report) error {
	if code := r.ExitCode(); code != report.Healthy {
		return &UnhealthyError{code: code}
	}
	return nil
}

// layoutOf tells how to write to w: in colours only on a terminal that has them, and
// not against NO_COLOR (no-color.org).
func layoutOf(w io.Writer) report.Layout {
	layout := report.Layout{Width: 80}
	if c, ok := w.(*console.Console); ok {
		w = c.Out
	}
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return layout
	}
	if width, _, err := term.GetSize(int(f.Fd())); err == nil {
		layout.Width = width
	}
	layout.Colours = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return layout
}

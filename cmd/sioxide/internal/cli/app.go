// Package cli has the commands of sioxide, one file each.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/sioxide/emitter/cmd/sioxide/internal/console"
	"github.com/sioxide/emitter/cmd/sioxide/internal/profile"
	"github.com/sioxide/emitter/cmd/sioxide/internal/target"
)

// urlVariable names the cluster where no flag does.
const urlVariable = "SIOXIDE_URL"

// app is one run of the command.
type app struct {
	console *console.Console
	url     string // --url
	cluster string // --cluster
	target  *target.Target
	started bool   // the arguments are right, and the command runs
	running string // path of the command
	signal  atomic.Value
}

// Main runs the command and returns its exit status.
func Main(args []string) int {
	a := &app{console: console.Standard(), running: "sioxide"}
	// A write to a closed pipe is an error like others, so that what is under way ends
	// in order.
	signal.Ignore(syscall.SIGPIPE)
	ctx, cancel := a.untilSignal()
	defer cancel()
	root := a.root()
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if cmd != nil {
		a.running = cmd.CommandPath()
	}
	return a.exit(err)
}

// untilSignal returns a context that ends with the first SIGINT or SIGTERM. The
// second one ends the process at once.
func (a *app) untilSignal() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		s := <-signals
		signal.Stop(signals)
		a.signal.Store(s)
		cancel()
	}()
	return ctx, cancel
}

// signalled returns the signal that came, or nil.
func (a *app) signalled() any { return a.signal.Load() }

// resolve finds the cluster that the command is for.
func (a *app) resolve(*cobra.Command) (*target.Target, error) {
	raw, err := a.named()
	if err != nil {
		return nil, err
	}
	t, err := target.Parse(raw)
	if err != nil {
		return nil, &usageError{err}
	}
	a.target = t
	return t, nil
}

func (a *app) named() (string, error) {
	switch {
	case a.url != "":
		return a.url, nil
	case a.cluster != "":
		file, err := profile.Default()
		if err != nil {
			return "", err
		}
		c, err := file.Get(a.cluster)
		if errors.Is(err, profile.ErrUnknown) {
			err = &usageError{err}
		}
		return c.URL, err
	}
	if raw := os.Getenv(urlVariable); raw != "" {
		return raw, nil
	}
	return "", usage("no cluster: give its URL by --url or %s, or its name by --cluster (sioxide cluster list)", urlVariable)
}

// open opens the cluster that the command is for.
func (a *app) open(cmd *cobra.Command) (*target.Cluster, error) {
	t, err := a.resolve(cmd)
	if err != nil {
		return nil, err
	}
	return t.Open(cmd.Context())
}

// closed closes what nothing more is expected of.
func closed(c io.Closer) { _ = c.Close() }

// checkTimeout refuses a --timeout of nothing.
func checkTimeout(d time.Duration, given bool) error {
	if given && d < time.Millisecond {
		return usage("--timeout %v: at least 1ms is needed", d)
	}
	return nil
}

// plural is n and a word in the number that fits.
func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

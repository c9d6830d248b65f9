package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/sioxide/emitter/outbox"
)

// memberFlags are the flags of join, leave and disconnect.
type memberFlags struct {
	selection
	all    bool
	yes    bool
	dryRun bool
}

func (a *app) joinCommand() *cobra.Command {
	return a.memberCommand(outbox.Join, &cobra.Command{
		Use:   "join ROOM…",
		Short: "Let the selected sockets join rooms",
		Long: `Lets the selected sockets join rooms, and waits until the servers have done it. Everybody
is meant only with --all. For --socket the socket's server is asked for first, unless
--server names it.`,
		Example: `  sioxide join vip gold --to news
  sioxide join vip --socket wFBFlpSkjmxVb9vwAAAB
  sioxide join everybody --all --ns /chat`,
		Args: cobra.MinimumNArgs(1),
	})
}

func (a *app) leaveCommand() *cobra.Command {
	return a.memberCommand(outbox.Leave, &cobra.Command{
		Use:   "leave ROOM…",
		Short: "Let the selected sockets leave rooms",
		Long: `Lets the selected sockets leave rooms, and waits until the servers have done it. Everybody
is meant only with --all.`,
		Example: "  sioxide leave vip --to vip\n  sioxide leave lobby --all --except staff",
		Args:    cobra.MinimumNArgs(1),
	})
}

func (a *app) disconnectCommand() *cobra.Command {
	return a.memberCommand(outbox.Disconnect, &cobra.Command{
		Use:   "disconnect",
		Short: "Disconnect the selected sockets from the namespace",
		Long: `Disconnects the selected sockets from the namespace, and waits until the servers have done
it; connections that serve other namespaces too stay open. Everybody is meant only with --all, which asks on a terminal
and needs --yes elsewhere.`,
		Example: `  sioxide disconnect --to spammers
  sioxide disconnect --socket wFBFlpSkjmxVb9vwAAAB
  sioxide disconnect --all --ns /beta --yes`,
		Args: cobra.NoArgs,
	})
}

func (a *app) memberCommand(op outbox.Op, cmd *cobra.Command) *cobra.Command {
	var f memberFlags
	cmd.RunE = func(cmd *cobra.Command, rooms []string) error {
		if err := f.checkAll(cmd); err != nil {
			return err
		}
		t, err := a.resolve(cmd)
		if err != nil {
			return err
		}
		o := f.operation(op, t.Prefix)
		o.Rooms = rooms
		if f.dryRun {
			return a.dryRun(cmd.Context(), t, o)
		}
		if op == outbox.Disconnect && f.all && !f.yes {
			if err := a.confirmAll(cmd.Context(), o.Namespace+" of "+t.String()); err != nil {
				return err
			}
		}
		return a.perform(cmd, o, true)
	}
	f.addTo(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&f.all, "all", false, "everybody in the namespace is meant (but --except)")
	flags.BoolVar(&f.dryRun, "dry-run", false, "show the request and its bytes, and send nothing")
	if op == outbox.Disconnect {
		flags.BoolVar(&f.yes, "yes", false, "do not ask before everybody is disconnected")
	}
	return cmd
}

func (f *memberFlags) checkAll(cmd *cobra.Command) error {
	switch everybody := f.isEverybody(); {
	case everybody && !f.all:
		return usage("whom? name them by --to, --socket or --server, or everybody by --all")
	case !everybody && f.all:
		return usage("--all together with --to, --socket or --server: leave one out")
	}
	return f.check(cmd)
}

// confirmAll asks before everybody is disconnected.
func (a *app) confirmAll(ctx context.Context, where string) error {
	if !a.console.Asks() {
		return usage("--all disconnects everybody: without a terminal to ask on it needs --yes")
	}
	return a.confirm(ctx, "Disconnect everybody from namespace "+where+"?")
}

// confirm asks, and is errDeclined unless the answer is yes.
func (a *app) confirm(ctx context.Context, question string) error {
	answered := make(chan bool, 1)
	go func() { answered <- a.console.Confirm(question) }()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case yes := <-answered:
		if !yes {
			return errDeclined
		}
		return nil
	}
}

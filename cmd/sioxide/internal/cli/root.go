package cli

import (
	"github.com/spf13/cobra"

	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor"
)

const rootLong = `sioxide talks to clusters of Rust socketioxide servers from a shell: it emits events,
moves sockets between rooms, disconnects them, asks for them, watches what passes, and
says why nothing arrives.

The cluster is named by a URL, in --url or in SIOXIDE_URL, or by a name that
"sioxide cluster add" has kept, in --cluster:

  redis://[user:password@]host[:port]       also rediss:// (TLS)
  redis+cluster://host:port,host:port       also rediss+cluster://
  redis+sentinel://host:port,host:port/name
  unix:///run/redis.sock
  postgres://user@host/database
  mongodb://host/database
  kafka://[user:password@]host:port,host    also kafkas:// (TLS)
  nats://[user:password@]host:port,host     also tls://; token@ in place of a user

Options in its query: prefix, parser (common or msgpack: the servers' own), sharded,
table, collection, database; of Kafka sasl (plain, scram-sha-256, scram-sha-512), of NATS
creds-file and nkey-file, of both with TLS ca-file, cert-file, key-file. A password may be left out of it, with password-env=NAME
or password-file=PATH instead. Other processes of the machine can see --url.

Results are tables on a terminal and JSON in a pipe, or with --json.

Exit status:
    0  done
    1  something went wrong
    2  wrong usage, nothing was done (doctor: it could not look)
  130  interrupted (143 by SIGTERM)
  141  whoever read the output has gone`

const rootExample = `  export SIOXIDE_URL=redis://localhost
  sioxide emit headline '{"title":"hello"}' --to news
  sioxide rooms
  sioxide doctor`

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "sioxide",
		Short:         "Talk to clusters of socketioxide servers",
		Long:          rootLong,
		Example:       rootExample,
		Version:       version().Version,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetIn(a.console.In)
	root.SetOut(a.console.Out)
	root.SetErr(a.console.Err)
	flags := root.PersistentFlags()
	flags.StringVar(&a.url, "url", "", "the cluster's URL (default $"+urlVariable+")")
	flags.StringVar(&a.cluster, "cluster", "", "the cluster's name in the file of profiles")
	flags.BoolVar(&a.console.JSON, "json", false, "results as JSON, also on a terminal")
	root.MarkFlagsMutuallyExclusive("url", "cluster")
	_ = root.RegisterFlagCompletionFunc("cluster", completeClusters) // the flag is there
	root.AddCommand(
		a.emitCommand(), a.joinCommand(), a.leaveCommand(), a.disconnectCommand(),
		a.roomsCommand(), a.socketsCommand(), a.serversCommand(), a.syncCommand(),
		a.tapCommand(), a.benchCommand(), a.relayCommand(), doctor.Command(a.resolve), a.clusterCommand(), a.versionCommand(),
	)
	root.InitDefaultCompletionCmd()
	a.prepare(root)
	completion(root)
	return root
}

// prepare has every command note that its arguments were right.
func (a *app) prepare(cmd *cobra.Command) {
	cmd.DisableAutoGenTag = true
	if run := cmd.RunE; run != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			a.started = true
			return run(cmd, args)
		}
	}
	for _, sub := range cmd.Commands() {
		a.prepare(sub)
	}
}

// completion gives cobra's own command what the others have.
func completion(root *cobra.Command) {
	cmd, _, err := root.Find([]string{"completion"})
	if err != nil {
		return
	}
	cmd.Args = cobra.NoArgs
	cmd.Example = "  source <(sioxide completion bash)\n  sioxide completion zsh > ~/.zfunc/_sioxide"
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
}

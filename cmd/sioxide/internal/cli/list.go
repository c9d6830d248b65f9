package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/outbox"
)

// askFlags are the flags of what asks.
type askFlags struct {
	selection
	timeout time.Duration
}

func (f *askFlags) addTimeout(cmd *cobra.Command) {
	cmd.Flags().DurationVar(&f.timeout, "timeout", 0, "how long servers may take to answer (default 5s)")
}

// asking makes a command that asks the cluster.
func (a *app) asking(cmd *cobra.Command, f *askFlags, run func(cmd *cobra.Command, io emitter.Emitter) error) *cobra.Command {
	cmd.Args = cobra.NoArgs
	f.addTimeout(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := checkTimeout(f.timeout, cmd.Flags().Changed("timeout")); err != nil {
			return err
		}
		if err := f.check(cmd); err != nil {
			return err
		}
		c, err := a.open(cmd)
		if err != nil {
			return err
		}
		defer closed(c)
		io := f.operation(outbox.Disconnect, c.Target().Prefix).Select(c.Emitter())
		if f.timeout > 0 {
			io = io.Timeout(f.timeout)
		}
		return a.explain(run(cmd, io))
	}
	return cmd
}

func (a *app) roomsCommand() *cobra.Command {
	var f askFlags
	cmd := &cobra.Command{
		Use:   "rooms",
		Short: "List the rooms that the selected sockets are in",
		Long: `Lists the rooms that the selected sockets are in; without a selection all rooms of the
namespace.`,
		Example: "  sioxide rooms\n  sioxide rooms --to news --ns /chat\n  sioxide rooms | jq -r '.[]'",
	}
	f.addTo(cmd)
	return a.asking(cmd, &f, func(cmd *cobra.Command, io emitter.Emitter) error {
		rooms, err := io.Rooms(cmd.Context())
		rows := make([][]string, len(rooms))
		for i, room := range rooms {
			rows[i] = []string{room}
		}
		return a.list([]string{"ROOM"}, rows, notNil(rooms), err)
	})
}

// shownSocket is a socket as it is printed.
type shownSocket struct {
	ID        string `json:"id"`
	Server    string `json:"server"`
	Namespace string `json:"ns"`
}

func (a *app) socketsCommand() *cobra.Command {
	var f askFlags
	cmd := &cobra.Command{
		Use:     "sockets",
		Short:   "List the selected sockets",
		Long:    "Lists the selected sockets, with their servers; without a selection all of the namespace.",
		Example: "  sioxide sockets --to news\n  sioxide sockets --socket wFBFlpSkjmxVb9vwAAAB --json",
	}
	f.addTo(cmd)
	return a.asking(cmd, &f, func(cmd *cobra.Command, io emitter.Emitter) error {
		sockets, err := io.Sockets(cmd.Context())
		out := make([]shownSocket, len(sockets))
		rows := make([][]string, len(sockets))
		for i, s := range sockets {
			out[i] = shownSocket{s.ID, s.Server, s.Namespace}
			rows[i] = []string{s.ID, s.Server, s.Namespace}
		}
		return a.list([]string{"SOCKET", "SERVER", "NAMESPACE"}, rows, out, err)
	})
}

// shownServer is a server as it is printed.
type shownServer struct {
	ID  string  `json:"id"`
	RTT float64 `json:"rtt_ms"`
}

func (a *app) serversCommand() *cobra.Command {
	var f askFlags
	cmd := &cobra.Command{
		Use:     "servers",
		Short:   "List the servers that serve a namespace",
		Long:    "Lists the servers that serve a namespace, by a question that leaves no trace in them.",
		Example: "  sioxide servers\n  sioxide servers --ns /chat",
	}
	f.addNamespace(cmd)
	f.addServer(cmd)
	return a.asking(cmd, &f, func(cmd *cobra.Command, io emitter.Emitter) error {
		servers, err := io.Servers(cmd.Context())
		out := make([]shownServer, len(servers))
		rows := make([][]string, len(servers))
		for i, s := range servers {
			ms := float64(s.RTT.Microseconds()) / 1000
			out[i] = shownServer{s.ID, ms}
			rows[i] = []string{s.ID, fmt.Sprintf("%.1f ms", ms)}
		}
		return a.list([]string{"SERVER", "ROUND TRIP"}, rows, out, err)
	})
}

func (a *app) syncCommand() *cobra.Command {
	var f askFlags
	cmd := &cobra.Command{
		Use:   "sync",
		Short: "Wait until every server has handled what was sent before",
		Long: `Waits until every server of the namespace has taken from its queue all that was sent on
the channel of all servers before; with --server, that one on its own channel. What was
sent to single servers by others is not waited for.`,
		Example: "  sioxide sync && echo done\n  sioxide sync --ns /chat --timeout 1s",
	}
	f.addNamespace(cmd)
	f.addServer(cmd)
	return a.asking(cmd, &f, func(cmd *cobra.Command, io emitter.Emitter) error {
		begin := time.Now()
		if err := io.Sync(cmd.Context()); err != nil {
			return err
		}
		took := float64(time.Since(begin).Microseconds()) / 1000
		if a.console.WritesJSON() {
			return a.console.WriteJSON(map[string]float64{"ms": took})
		}
		return a.console.Line("every server is up to date (%.1f ms)", took)
	})
}

// list shows what was found, also where err says that it is not all.
func (a *app) list(header []string, rows [][]string, out any, err error) error {
	if err != nil && len(rows) == 0 {
		return err
	}
	var shown error
	if a.console.WritesJSON() {
		shown = a.console.WriteJSON(out)
	} else {
		shown = a.console.Table(header, rows)
	}
	if shown != nil {
		return shown
	}
	return err
}

// notNil makes an empty list of none, as JSON has them.
func notNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

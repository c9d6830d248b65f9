package cli

import (
	"github.com/spf13/cobra"

	"github.com/sioxide/emitter/cmd/sioxide/internal/profile"
	"github.com/sioxide/emitter/cmd/sioxide/internal/target"
)

func (a *app) clusterCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cluster",
		Short: "Keep clusters by name",
		Long: `Keeps URLs of clusters by name, for --cluster, in sioxide/clusters.json in the user's
folder of configuration ($XDG_CONFIG_HOME, or ~/.config). Only its owner can read the
file; one that others can read is refused. Secrets are kept in it and never shown; a URL
with password-env or password-file keeps none.`,
		Example: `  sioxide cluster add prod 'rediss://app@redis.example.com?password-file=/run/secrets/redis'
  sioxide rooms --cluster prod`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.clusterListCommand(), a.clusterAddCommand(), a.clusterRemoveCommand(), a.clusterShowCommand())
	return cmd
}

func (a *app) clusterListCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the clusters that are kept",
		Example: "  sioxide cluster list",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			file, err := profile.Default()
			if err != nil {
				return err
			}
			list, err := file.List()
			if err != nil {
				return err
			}
			return a.showClusters(list)
		},
	}
}

// shownCluster is a cluster without its secrets.
type shownCluster struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

func shown(c profile.Cluster) shownCluster {
	t, err := target.Parse(c.URL)
	if err != nil {
		return shownCluster{c.Name, "(" + err.Error() + ")"}
	}
	return shownCluster{c.Name, t.String()}
}

func (a *app) showClusters(list []profile.Cluster) error {
	out := make([]shownCluster, len(list))
	rows := make([][]string, len(list))
	for i, c := range list {
		out[i] = shown(c)
		rows[i] = []string{out[i].Name, out[i].URL}
	}
	if a.console.WritesJSON() {
		return a.console.WriteJSON(out)
	}
	return a.console.Table([]string{"NAME", "URL"}, rows)
}

func (a *app) clusterAddCommand() *cobra.Command {
	var replace bool
	cmd := &cobra.Command{
		Use:   "add NAME [URL]",
		Short: "Keep a cluster's URL by a name",
		Long: `Keeps a cluster's URL by a name. Without a URL it is asked for, or read from the
standard input, so that a password in it stays out of the shell's history.`,
		Example: `  sioxide cluster add local redis://localhost
  sioxide cluster add prod < url.txt`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(_ *cobra.Command, args []string) error {
			raw, err := args[len(args)-1], error(nil)
			if len(args) == 1 {
				raw, err = a.askURL()
			}
			if err != nil {
				return err
			}
			if _, err := target.Parse(raw); err != nil {
				return &usageError{err}
			}
			file, err := profile.Default()
			if err != nil {
				return err
			}
			return file.Add(args[0], raw, replace)
		},
	}
	cmd.Flags().BoolVar(&replace, "replace", false, "overwrite the cluster of this name")
	return cmd
}

func (a *app) askURL() (string, error) {
	if a.console.Asks() {
		return a.console.Ask("URL:")
	}
	raw, err := a.console.ReadLine()
	if err != nil {
		return "", usage("read the URL from the standard input: %w", err)
	}
	return raw, nil
}

func (a *app) clusterRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "remove NAME",
		Short:             "Forget a cluster",
		Example:           "  sioxide cluster remove local",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeCluster,
		RunE: func(_ *cobra.Command, args []string) error {
			file, err := profile.Default()
			if err != nil {
				return err
			}
			return file.Remove(args[0])
		},
	}
}

func (a *app) clusterShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "show NAME",
		Short:             "Show a cluster, without its secrets",
		Example:           "  sioxide cluster show prod",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeCluster,
		RunE: func(_ *cobra.Command, args []string) error {
			file, err := profile.Default()
			if err != nil {
				return err
			}
			c, err := file.Get(args[0])
			if err != nil {
				return err
			}
			s := shown(c)
			if a.console.WritesJSON() {
				return a.console.WriteJSON(s)
			}
			return a.console.Line("%s", s.URL)
		},
	}
}

// completeClusters offers the names of the profiles.
func completeClusters(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var names []string
	if file, err := profile.Default(); err == nil {
		list, _ := file.List() // nothing is offered where it can't be read
		for _, c := range list {
			names = append(names, c.Name+"\t"+shown(c).URL)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeCluster offers them as the only argument.
func completeCluster(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return completeClusters(cmd, args, typed)
}

package conformance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/conformance/internal/cases"
	"github.com/sioxide/emitter/conformance/internal/cluster"
	"github.com/sioxide/emitter/conformance/internal/memory"
	"github.com/sioxide/emitter/conformance/internal/report"
	"github.com/sioxide/emitter/conformance/internal/rustserver"
)

// tableFile names the environment variable with the file that the table is written to, as markdown.
const tableFile = "CONFORMANCE_TABLE"

var clientsScript = filepath.Join("clients", "main.mjs")

// TestConformance runs every case on every cell and prints the table.
func TestConformance(t *testing.T) {
	requireTools(t)
	var table report.Table
	t.Run("memory", func(t *testing.T) {
		for _, parser := range parsers {
			t.Run(parser.String(), func(t *testing.T) { runMemory(t, parser, &table) })
		}
	})
	t.Run("cells", func(t *testing.T) {
		for _, g := range groups() {
			t.Run(g.name(), func(t *testing.T) {
				g.need(t)
				results := make([]*report.Result, len(g.drivers))
				for i, d := range g.drivers {
					results[i] = table.Add(g.cell(d.name), len(d.cases(g.config.Kind)))
				}
				t.Parallel()
				runGroup(t, g, results)
			})
		}
	})
	if err := table.Print(os.Stdout); err != nil {
		t.Error(err)
	}
	writeMarkdown(t, &table)
}

func runGroup(t *testing.T, g group, results []*report.Result) {
	c := start(t, g.config)
	for i, d := range g.drivers {
		t.Run(d.name, func(t *testing.T) {
			start := time.Now()
			w := c.World(d.make(t, c), d.can)
			for n, one := range d.cases(g.config.Kind) {
				t.Run(one.Name, func(t *testing.T) {
					play(t, c, w, one, fmt.Sprintf("%s-%d", d.name, n))
					if !t.Failed() {
						results[i].Passed()
					}
				})
				if one.Harms() && g.config.Kind.Abilities()&cases.Counts == 0 {
					w = c.World(d.make(t, c), d.can)
				}
			}
			results[i].Took(time.Since(start))
		})
	}
}

// runMemory runs the cases that make sense there on the cluster that users test with.
func runMemory(t *testing.T, parser emitter.Parser, table *report.Table) {
	t.Parallel()
	w := memory.New(parser)
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	applying := cases.For(w.Traits().Has)
	result := table.Add(memoryCell(parser), len(applying))
	start := time.Now()
	for n, one := range applying {
		t.Run(one.Name, func(t *testing.T) {
			one.Play(t, w, fmt.Sprint("memory-", n))
			if !t.Failed() {
				result.Passed()
			}
		})
	}
	result.Took(time.Since(start))
}

// play plays one case and looks at what the servers say of it. Servers that were harmed are replaced, and may
// complain.
func play(t *testing.T, c *cluster.Cluster, w cases.World, one cases.Case, run string) {
	judged := judging(t, c, one.Harms())
	defer judged()
	one.Play(t, w, run)
}

// judging returns what is to be done at the end of a case, however it ends.
func judging(t *testing.T, c *cluster.Cluster, harms bool) func() {
	seen := len(c.Logs())
	return func() {
		if harms {
			if err := c.Revive(t.Context()); err != nil {
				t.Error(err)
			}
		} else if logs := c.Logs()[seen:]; logs != "" {
			t.Errorf("the servers complained, though nothing was sent that they can't take:\n%s", logs)
		}
	}
}

func start(t *testing.T, config cluster.Config) *cluster.Cluster {
	c, err := cluster.Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// requireTools skips where something is missing, and fails in CI.
func requireTools(t *testing.T) {
	t.Helper()
	var missing []string
	for _, tool := range []string{"redis-server", "node"} {
		if _, err := exec.LookPath(tool); err != nil {
			missing = append(missing, tool+" is not installed")
		}
	}
	for _, set := range rustserver.Sets() {
		if _, err := set.Path(); err != nil {
			missing = append(missing, err.Error())
		}
	}
	if _, err := os.Stat(filepath.Join("clients", "node_modules", "socket.io-client")); err != nil {
		missing = append(missing, "the clients' packages are not installed")
	}
	if len(missing) == 0 {
		return
	}
	reason := "run conformance/setup.sh first: " + strings.Join(missing, "; ")
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

func writeMarkdown(t *testing.T, table *report.Table) {
	path := os.Getenv(tableFile)
	if path == "" {
		return
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatalf("write the table (%s): %v", tableFile, err)
	}
	if err := table.Markdown(f); err != nil {
		t.Errorf("write the table: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Errorf("write the table: %v", err)
	}
}

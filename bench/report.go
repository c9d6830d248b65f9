package main

import (
	"context"
	"debug/buildinfo"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/sioxide/emitter/bench/contest"
)

// section is a part of the results.
type section struct {
	Title    string
	About    string
	Tables   []table
	Verdicts []verdict
}

type table struct {
	Header []string
	Rows   [][]string
	Plot   string // printed as it is, instead of a table
}

// print writes a section for a terminal.
func (s *section) print(w io.Writer) {
	fmt.Fprintf(w, "\n== %s\n%s\n", s.Title, s.About)
	for _, t := range s.tables() {
		fmt.Fprintln(w)
		if t.Plot != "" {
			fmt.Fprint(w, t.Plot)
			continue
		}
		tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, row := range append([][]string{t.Header}, t.Rows...) {
			fmt.Fprintln(tw, strings.Join(row, "\t"))
		}
		_ = tw.Flush() // as printing
	}
}

// markdown writes a section for RESULTS.md.
func (s *section) markdown(w io.Writer) {
	fmt.Fprintf(w, "\n## %s\n\n%s\n", s.Title, s.About)
	for _, t := range s.tables() {
		if t.Plot != "" {
			fmt.Fprintf(w, "\n```\n%s```\n", t.Plot)
			continue
		}
		fmt.Fprintf(w, "\n| %s |\n|%s\n", strings.Join(t.Header, " | "), strings.Repeat(" --- |", len(t.Header)))
		for _, row := range t.Rows {
			fmt.Fprintf(w, "| %s |\n", strings.Join(row, " | "))
		}
	}
}

// tables are those of the section and the one of its aims.
func (s *section) tables() []table {
	if len(s.Verdicts) == 0 {
		return s.Tables
	}
	aims := table{Header: []string{"aim of", "aim", "reached", ""}}
	for _, v := range s.Verdicts {
		word := "**missed**"
		switch {
		case v.Met:
			word = "met"
		case v.Near:
			word = "missed by less than a tenth"
		case v.Limit != "":
			word = "missed: " + v.Limit
		}
		aims.Rows = append(aims.Rows, []string{v.Row, v.Aim, v.Reached, word})
	}
	return append(s.Tables, aims)
}

// column is one of a table of rows.
type column struct {
	head string
	cell func(*contest.Row) string
}

func tabulate(first string, rows []*contest.Row, columns []column) table {
	t := table{Header: []string{first}}
	for _, c := range columns {
		t.Header = append(t.Header, c.head)
	}
	for _, r := range rows {
		cells := []string{r.Title()}
		for _, c := range columns {
			cells = append(cells, c.cell(r))
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

// nothing stands where a contestant does not take part.
const nothing = "–"

// of is a column of a figure of one contestant.
func of(name, head string, say func(*contest.Entry) string) column {
	return column{head, func(r *contest.Row) string {
		if e := r.Entry(name); e != nil {
			return say(e)
		}
		return nothing
	}}
}

// timesAsFast is a column of how many times as fast one contestant is as another.
func timesAsFast(name, as, head string) column {
	return column{head: head}.with(name, as, func(e, other *contest.Entry) string { return spread(other.Over(e)) })
}

// timesItsTime is a column of how many times the time of another contestant one takes.
func timesItsTime(name, its, head string) column {
	return column{head: head}.with(name, its, func(e, other *contest.Entry) string { return spread(e.Over(other)) })
}

func (c column) with(name, other string, say func(e, other *contest.Entry) string) column {
	c.cell = func(r *contest.Row) string {
		if a, b := r.Entry(name), r.Entry(other); a != nil && b != nil {
			return say(a, b)
		}
		return nothing
	}
	return c
}

// head tells what was measured, when, and on what, but not on whose machine.
func (r *run) head(ctx context.Context, begun time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Results\n\nWritten by `make bench`")
	if r.quick {
		b.WriteString(" with `QUICK=1`, which measures so shortly that the figures say little")
	}
	fmt.Fprintf(&b, ", %s, in %.0f minutes, on %d cores (%s/%s).\n\n",
		begun.UTC().Format(time.DateOnly), time.Since(begun).Minutes(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
	b.WriteString("A ratio is that of the best rounds; in brackets follow the one of the medians and the quartiles of the rounds, in each\n" +
		"of which the contestants took turns. Times are those of the best round. Only ratios are worth comparing.\n\n")
	for _, v := range r.versions(ctx) {
		fmt.Fprintf(&b, "- %s\n", v)
	}
	return b.String()
}

// clients are the libraries that drivers are on.
var clients = []string{
	"github.com/redis/go-redis/", "github.com/redis/rueidis", "github.com/jackc/pgx/", "go.mongodb.org/mongo-driver/",
	"github.com/nats-io/nats.go", "github.com/twmb/franz-go",
}

func (r *run) versions(ctx context.Context) []string {
	all := []string{
		runtime.Version(),
		version(ctx, "rustc", "--version") + "; socketioxide-emitter 0.1.0, optimised as far as cargo does (opt-level 3, lto)",
		"node " + version(ctx, "node", "--version") + "; @socket.io/redis-emitter 5.1.0, which speaks the protocol of JavaScript servers",
		version(ctx, "redis-server", "--version"),
	}
	info, err := buildinfo.ReadFile(r.programs.goPath)
	if err != nil {
		return append(all, err.Error())
	}
	for _, d := range info.Deps {
		for _, client := range clients {
			if strings.HasPrefix(d.Path, client) {
				all = append(all, d.Path+" "+d.Version)
			}
		}
	}
	return all
}

// version is the first line that a program prints; of Redis without its build.
func version(ctx context.Context, program string, args ...string) string {
	out, err := exec.CommandContext(ctx, program, args...).Output()
	if err != nil {
		return program + " (" + err.Error() + ")"
	}
	line, _, _ := strings.Cut(string(out), "\n")
	line, _, _ = strings.Cut(line, " sha=")
	return line
}

func (r *run) write(ctx context.Context, sections []section, begun time.Time) error {
	var b strings.Builder
	b.WriteString(r.head(ctx, begun))
	for _, s := range sections {
		s.markdown(&b)
	}
	if err := os.WriteFile(r.results, []byte(b.String()), 0o644); err != nil {
		return fmt.Errorf("write the results: %w", err)
	}
	return nil
}

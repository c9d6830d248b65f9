// Package report counts what passed in each cell of the run and prints the table.
package report

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

// Cell is one combination that all cases run on.
type Cell struct {
	Backend, ServerDriver, Parser, Set, Driver string
}

// Table collects results; it is safe for concurrent use.
type Table struct {
	mu   sync.Mutex
	rows []*row
}

type row struct {
	cell          Cell
	passed, total int
	took          time.Duration
}

// Add adds a cell of total cases, none of which has passed yet: a cell that never gets to run is a failed one.
func (t *Table) Add(cell Cell, total int) *Result {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := &row{cell: cell, total: total}
	t.rows = append(t.rows, r)
	return &Result{t, r}
}

// Result is the place of one cell's results.
type Result struct {
	table *Table
	row   *row
}

// Passed counts one more case that passed.
func (r *Result) Passed() {
	r.table.mu.Lock()
	defer r.table.mu.Unlock()
	r.row.passed++
}

// Took says how long the cell has run.
func (r *Result) Took(d time.Duration) {
	r.table.mu.Lock()
	defer r.table.mu.Unlock()
	r.row.took = d
}

var header = []string{"backend", "server driver", "parser", "set", "our driver", "passed of total"}

// cells gives the columns of a row; a cell of which only a part was asked for says so by its numbers.
func (r *row) cells() []string {
	c := r.cell
	return []string{c.Backend, c.ServerDriver, c.Parser, c.Set, c.Driver, fmt.Sprintf("%d of %d", r.passed, r.total)}
}

// Print writes the table for a terminal and the closing line.
func (t *Table) Print(w io.Writer) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, strings.Join(header, "\t")+"\ttime")
	for _, r := range t.rows {
		fmt.Fprintf(tw, "%s\t%v\n", strings.Join(r.cells(), "\t"), r.took.Round(10*time.Millisecond))
	}
	if err := tw.Flush(); err != nil {
		return fmt.Errorf("print the table: %w", err)
	}
	_, err := fmt.Fprintf(w, "\n%s\n", t.closing())
	return err
}

// Markdown writes the table as markdown, for the README.
func (t *Table) Markdown(w io.Writer) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "| %s |\n|%s\n", strings.Join(header, " | "), strings.Repeat(" --- |", len(header)))
	for _, r := range t.rows {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(r.cells(), " | "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (t *Table) closing() string {
	passed, failed := 0, 0
	for _, r := range t.rows {
		passed += r.passed
		failed += r.total - r.passed
	}
	return fmt.Sprintf("%d passed, %d failed", passed, failed)
}

// Command bench compares this emitter with the Rust one, with the one for JavaScript
// servers, and with the limits: of memory, of Redis, of the servers' own intake. All
// are measured in one run, in turns; it prints ratios, for nothing else can be
// compared on a machine that does other things too. scripts/bench.sh builds what it
// needs.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/sioxide/emitter/bench/contest"
)

// run is one run of the command.
type run struct {
	quick, check bool
	parts        []string
	results      string // file of the table; "" for none
	programs     programs
	aims         []aim
}

func main() {
	var r run
	var parts string
	flag.BoolVar(&r.quick, "quick", false, "two minutes: fewer rounds, shorter ones")
	flag.BoolVar(&r.check, "check", false, "fail when a ratio falls below its aim by more than a tenth")
	flag.StringVar(&parts, "part", strings.Join(partNames(), ","), "which parts, with commas")
	flag.StringVar(&r.results, "results", "", "write all tables to this file")
	r.programs.flags()
	flag.Parse()
	r.parts = strings.Split(parts, ",")
	if err := r.do(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// part is a section of the results.
type part struct {
	name string
	do   func(*run, context.Context) (section, error)
}

func allParts() []part {
	return []part{
		{"encoding", (*run).encoding}, {"sending", (*run).sending}, {"databases", (*run).databases},
		{"brokers", (*run).brokers}, {"outboxes", (*run).outboxes}, {"latency", (*run).latency},
		{"delivery", (*run).delivery}, {"growth", (*run).growth},
	}
}

func partNames() []string {
	var names []string
	for _, p := range allParts() {
		names = append(names, p.name)
	}
	return names
}

func (r *run) do(ctx context.Context, out io.Writer) (err error) {
	for _, name := range r.parts {
		if !slices.Contains(partNames(), name) {
			return fmt.Errorf("there is no part %q: use %s", name, strings.Join(partNames(), ", "))
		}
	}
	if r.aims, err = readAims(); err != nil {
		return err
	}
	begun := time.Now()
	var sections []section
	for _, p := range allParts() {
		if !slices.Contains(r.parts, p.name) {
			continue
		}
		s, err := p.do(r, ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		s.print(out)
		sections = append(sections, s)
	}
	if r.results != "" {
		if err := r.write(ctx, sections, begun); err != nil {
			return err
		}
	}
	return r.judge(out, sections)
}

// judge prints the aims that were missed; in a check that is an error.
func (r *run) judge(out io.Writer, sections []section) error {
	met, near, known, missed := 0, 0, 0, 0
	for _, s := range sections {
		for _, v := range s.Verdicts {
			switch {
			case v.Met:
				met++
			case v.Near:
				near++
			case v.Limit != "":
				known++
			default:
				missed++
				fmt.Fprintf(out, "missed: %s, %s: %s, not %s\n", s.Title, v.Row, v.Reached, v.Aim)
			}
		}
	}
	fmt.Fprintf(out, "%d aims met, %d missed by less than a tenth, %d by a limit that aims.json explains, %d missed\n", met, near, known, missed)
	if r.check && missed > 0 {
		return errors.New("aims were missed by more than a tenth")
	}
	return nil
}

func (r *run) effort(full, quick contest.Effort) contest.Effort {
	if r.quick {
		return quick
	}
	return full
}

func measure(rows []*contest.Row, effort contest.Effort) error {
	for _, row := range rows {
		if err := row.Measure(effort); err != nil {
			return err
		}
	}
	return nil
}

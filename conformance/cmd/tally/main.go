// Command tally reads what `go test -json` writes and prints what matters of it:
// a line for each package, what packages print by themselves, failed tests in full,
// skipped ones with their reasons. With -results it appends a line "stage passed
// failed skipped" to a file, from which scripts/test.sh makes its closing line.
//
// It exits with 1 when something has failed.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"time"
)

func main() {
	stage := flag.String("stage", "test", "the name that -results and the last line give to this run")
	results := flag.String("results", "", "append the numbers to this file")
	strict := flag.Bool("strict", false, "count a skipped test as a failed one")
	maySkip := flag.String("may-skip", "^$", "but not tests of which `package/Test/subtest` matches this")
	show := flag.String("show", "^$", "print what passed tests have printed of which `package/Test/subtest` matches this")
	slow := flag.Duration("slow", 0, "print passed tests that took at least this long; 0 prints none")
	flag.Parse()

	t := newTally(os.Stdout, *strict, *slow)
	t.maySkip, t.show = regexp.MustCompile(*maySkip), regexp.MustCompile(*show)
	if err := t.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "tally:", err)
		os.Exit(2)
	}
	t.summary(*stage)
	if *results != "" {
		if err := record(*results, *stage, t.count); err != nil {
			fmt.Fprintln(os.Stderr, "tally:", err)
			os.Exit(2)
		}
	}
	if t.count.failed > 0 {
		os.Exit(1)
	}
}

func record(file, stage string, c count) error {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("record the results: %w", err)
	}
	_, err = fmt.Fprintf(f, "%s %d %d %d\n", stage, c.passed, c.failed, c.skipped)
	return errors.Join(err, f.Close())
}

// event is a line of `go test -json` (go doc test2json, go help buildjson).
type event struct {
	Action     string
	Package    string
	Test       string // "" for what concerns the whole package
	Elapsed    float64
	Output     string
	ImportPath string // of build-output and build-fail
}

func (e event) took() time.Duration {
	return time.Duration(e.Elapsed * float64(time.Second)).Round(10 * time.Millisecond)
}

// read handles all lines; what is not an event is passed on as it is.
func (t *tally) read(r io.Reader) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) == nil && e.Action != "" {
				t.handle(e)
			} else {
				t.printf("%s", line)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the events: %w", err)
		}
	}
}

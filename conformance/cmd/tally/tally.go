package main

import (
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

type count struct{ passed, failed, skipped int }

type tally struct {
	out     io.Writer
	strict  bool
	maySkip *regexp.Regexp // nil: none
	show    *regexp.Regexp // nil: none
	slow    time.Duration

	packages map[string]*pkg
	skips    map[string][]string // names of tests by the reason that they gave
	count    count
}

// pkg is a package whose tests run.
type pkg struct {
	count   count
	running map[string]*strings.Builder // what each running test has printed
	own     strings.Builder             // what no test has printed
}

func newTally(out io.Writer, strict bool, slow time.Duration) *tally {
	return &tally{out: out, strict: strict, slow: slow, packages: map[string]*pkg{}, skips: map[string][]string{}}
}

func (t *tally) pkg(name string) *pkg {
	p := t.packages[name]
	if p == nil {
		p = &pkg{running: map[string]*strings.Builder{}}
		t.packages[name] = p
	}
	return p
}

func (t *tally) handle(e event) {
	switch {
	case e.Action == "build-output":
		t.printf("%s", e.Output)
	case e.Package == "":
	case e.Test == "":
		t.handlePackage(t.pkg(e.Package), e)
	default:
		t.handleTest(t.pkg(e.Package), e)
	}
}

func (t *tally) handleTest(p *pkg, e event) {
	switch e.Action {
	case "run":
		p.running[e.Test] = new(strings.Builder)
	case "output":
		if b := p.running[e.Test]; b != nil && !isProgress(e.Output) {
			b.WriteString(e.Output)
		}
	case "pass":
		p.count.passed++
		if t.slow > 0 && e.took() >= t.slow {
			t.printf("      %s %s %v\n", short(e.Package), e.Test, e.took())
		}
		if matches(t.show, e) {
			t.printf("%s", indent(printed(p, e.Test)))
		}
		delete(p.running, e.Test)
	case "skip":
		t.skip(p, e)
	case "fail":
		t.fail(p, e.Package, e.Test, fmt.Sprintf("after %v", e.took()))
	}
}

func (t *tally) fail(p *pkg, name, test, how string) {
	p.count.failed++
	t.printf("FAIL  %s %s %s\n%s", short(name), test, how, indent(printed(p, test)))
	delete(p.running, test)
}

func (t *tally) skip(p *pkg, e event) {
	p.count.skipped++
	if t.strict && !matches(t.maySkip, e) {
		p.count.failed++
	}
	why := reason(printed(p, e.Test))
	t.skips[why] = append(t.skips[why], short(e.Package)+" "+e.Test)
	delete(p.running, e.Test)
}

func matches(r *regexp.Regexp, e event) bool {
	return r != nil && r.MatchString(short(e.Package)+"/"+e.Test)
}

func printed(p *pkg, test string) string {
	if b := p.running[test]; b != nil {
		return b.String()
	}
	return ""
}

func (t *tally) handlePackage(p *pkg, e event) {
	switch e.Action {
	case "output":
		if !isVerdict(e.Output) {
			p.own.WriteString(e.Output)
		}
	case "pass", "fail", "skip":
		t.end(p, e)
	}
}

// end closes a package. Tests that have not ended by then, as after a panic, have
// failed; so has a package that failed without a failed test.
func (t *tally) end(p *pkg, e event) {
	for _, test := range slices.Sorted(maps.Keys(p.running)) {
		t.fail(p, e.Package, test, "did not end")
	}
	mark := "ok  "
	switch {
	case e.Action == "fail":
		mark = "FAIL"
		if p.count.failed == 0 {
			p.count.failed++
		}
	case p.count == count{} && p.own.Len() == 0:
		delete(t.packages, e.Package)
		return // no tests
	}
	t.printf("%s  %-28s %5d passed %3d failed %3d skipped  %v\n%s", mark, short(e.Package),
		p.count.passed, p.count.failed, p.count.skipped, e.took(), indent(p.own.String()))
	t.count.passed += p.count.passed
	t.count.failed += p.count.failed
	t.count.skipped += p.count.skipped
	delete(t.packages, e.Package)
}

// summary prints the reasons of skips and the numbers of the whole run. A package
// that began and never ended counts as failed.
func (t *tally) summary(stage string) {
	for _, name := range slices.Sorted(maps.Keys(t.packages)) {
		t.end(t.packages[name], event{Action: "fail", Package: name})
	}
	for _, why := range slices.Sorted(maps.Keys(t.skips)) {
		tests := t.skips[why]
		t.printf("SKIP  %s: %s\n", why, tests[0])
		if n := len(tests) - 1; n > 0 {
			t.printf("      and %d more for this reason, the last of them %s\n", n, tests[n])
		}
	}
	t.printf("      %s: %d passed, %d failed, %d skipped\n", stage, t.count.passed, t.count.failed, t.count.skipped)
}

func (t *tally) printf(format string, args ...any) { fmt.Fprintf(t.out, format, args...) }

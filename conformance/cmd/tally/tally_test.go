package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// run tallies what `go test -json` writes for a package with the given tests.
func run(t *testing.T, strict bool, slow time.Duration, tests string) (count, string) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", "module sample\n\ngo 1.26.0\n")
	write("sample_test.go", "package sample\n\nimport \"testing\"\n\n"+tests)
	cmd := exec.CommandContext(t.Context(), "go", "test", "-json", ".")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOWORK=off")
	events, _ := cmd.Output() // its status is what the events say

	var out strings.Builder
	c := newTally(&out, strict, slow)
	if err := c.read(strings.NewReader(string(events))); err != nil {
		t.Fatal(err)
	}
	c.summary("unit")
	return c.count, out.String()
}

func TestTally(t *testing.T) {
	const passing = "func TestPass(t *testing.T) { t.Log(\"quiet\"); t.Run(\"sub\", func(*testing.T) {}) }\n"
	cases := []struct {
		name, tests string
		strict      bool
		want        count
		shown       []string
		hidden      []string
	}{
		{"counts subtests too", passing, false, count{passed: 2}, []string{"unit: 2 passed, 0 failed, 0 skipped"}, []string{"quiet"}},
		{"shows a failure in full", passing + "func TestFail(t *testing.T) { t.Log(\"first\"); t.Error(\"second\") }\n",
			false, count{passed: 2, failed: 1}, []string{"FAIL  sample TestFail", "first", "second"}, []string{"quiet"}},
		{"names a skip's reason once", "func TestSkip(t *testing.T) { t.Skip(\"no node here\") }\nfunc TestToo(t *testing.T) { t.Skip(\"no node here\") }\n",
			false, count{skipped: 2}, []string{"SKIP  no node here: sample TestSkip\n", "and 1 more"}, nil},
		{"fails a skip when strict", "func TestSkip(t *testing.T) { t.Skip(\"no node here\") }\n",
			true, count{skipped: 1, failed: 1}, []string{"no node here"}, nil},
		{"counts what does not compile", "func TestX(t *testing.T) { nosuch() }\n",
			false, count{failed: 1}, []string{"undefined: nosuch"}, nil},
		{"counts a panic once", "func TestPanic(t *testing.T) { panic(\"oh\") }\nfunc TestLater(t *testing.T) {}\n",
			false, count{failed: 1}, []string{"panic: oh"}, nil},
		{"counts a package that fails by itself", "import \"os\"\n\nfunc TestMain(*testing.M) { println(\"leak\"); os.Exit(3) }\n",
			false, count{failed: 1}, []string{"leak"}, nil},
		{"indents what a package prints", "import (\"fmt\"; \"os\")\n\nfunc TestMain(m *testing.M) { c := m.Run(); fmt.Println(\"7 passed, 0 failed\"); os.Exit(c) }\n" + passing,
			false, count{passed: 2}, []string{"      7 passed, 0 failed\n"}, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, out := run(t, c.strict, 0, c.tests)
			if got != c.want {
				t.Errorf("counted %+v, want %+v", got, c.want)
			}
			for _, s := range c.shown {
				if !strings.Contains(out, s) {
					t.Errorf("%q is not shown", s)
				}
			}
			for _, s := range c.hidden {
				if strings.Contains(out, s) {
					t.Errorf("%q is shown", s)
				}
			}
			if t.Failed() {
				t.Log("\n" + out)
			}
		})
	}
}

func TestUnfinishedPackageIsAFailure(t *testing.T) {
	var out strings.Builder
	c := newTally(&out, false, 0)
	events := `{"Action":"start","Package":"sample"}` + "\n" + `{"Action":"run","Package":"sample","Test":"TestX"}`
	if err := c.read(strings.NewReader(events)); err != nil {
		t.Fatal(err)
	}
	c.summary("unit")
	if want := (count{failed: 1}); c.count != want {
		t.Errorf("counted %+v, want %+v\n%s", c.count, want, &out)
	}
}

func TestSomeMaySkipWhenStrict(t *testing.T) {
	var out strings.Builder
	c := newTally(&out, true, 0)
	c.maySkip = regexp.MustCompile("^driver/x/TestFake/")
	for _, test := range []string{"TestFake/stall", "TestReal/stall"} {
		for _, action := range []string{"run", "skip"} {
			c.handle(event{Action: action, Package: repository + "/driver/x", Test: test})
		}
	}
	c.handle(event{Action: "pass", Package: repository + "/driver/x"})
	if want := (count{skipped: 2, failed: 1}); c.count != want {
		t.Errorf("counted %+v, want %+v\n%s", c.count, want, &out)
	}
}

func TestSomeAreShown(t *testing.T) {
	var out strings.Builder
	c := newTally(&out, false, 0)
	c.show = regexp.MustCompile("^conformance/TestTable$")
	for _, test := range []string{"TestTable", "TestTable/cell"} {
		for _, action := range []string{"run", "output", "pass"} {
			c.handle(event{Action: action, Package: repository + "/conformance", Test: test, Output: test + " says\n"})
		}
	}
	if want := "      TestTable says\n"; out.String() != want {
		t.Errorf("printed %q, want %q", out.String(), want)
	}
}

func TestSlowTestsArePrinted(t *testing.T) {
	var out strings.Builder
	c := newTally(&out, false, time.Second)
	for i, seconds := range []float64{0.5, 1.5} {
		for _, action := range []string{"run", "pass"} {
			c.handle(event{Action: action, Package: repository + "/protocol", Test: fmt.Sprintf("Test%d", i), Elapsed: seconds})
		}
	}
	if want := "      protocol Test1 1.5s\n"; out.String() != want {
		t.Errorf("printed %q, want %q", out.String(), want)
	}
}

package doctor_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
	"github.com/sioxide/emitter/cmd/sioxide/internal/target"
	"github.com/sioxide/emitter/cmd/sioxide/internal/testkit"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
)

// runCommand runs `doctor` with a URL and returns what it prints and its exit status.
func runCommand(t *testing.T, url string, args ...string) (string, int) {
	t.Helper()
	cmd := doctor.Command(func(*cobra.Command) (*target.Target, error) { return target.Parse(url) })
	var out bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SilenceErrors = true
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(t.Context())
	if err == nil {
		return out.String(), 0
	}
	var status interface{ ExitCode() int }
	if !errors.As(err, &status) {
		return out.String() + err.Error(), -1
	}
	return out.String() + err.Error(), status.ExitCode()
}

func TestCommand(t *testing.T) {
	s := redistest.Start(t)
	startRedisServer(t, s, testkit.Config{})
	none := redistest.FreeAddr(t)
	cases := []struct {
		url    string
		args   []string
		status int
		says   []string
	}{
		{"redis://" + s.Addr, []string{"--watch", "0"}, 0, []string{"Nothing is wrong."}},
		{"redis://" + s.Addr, []string{"--watch", "0", "--ns", "/nowhere", "--ns", "/"}, 1, []string{"error: namespace-empty", "1 finding.", "docs/troubleshooting.md#namespace-empty"}},
		{"redis://:hunter2@" + none, nil, 2, []string{"error: redis-unreachable", "Could not look further."}},
		{"rediss://:hunter2@" + s.Addr, []string{"--timeout", "1s"}, 2, []string{"error: redis-tls-missing"}},
		{"redis://:hunter2/@" + s.Addr, nil, 2, []string{"error: url-invalid", "%2F"}},
		{"", nil, 2, []string{"error: url-invalid"}},
		{"redis://" + s.Addr, []string{"--timeout", "0s"}, 2, []string{"--timeout"}},
		{"redis://" + s.Addr, []string{"--watch", "-1s"}, 2, []string{"--watch"}},
		{"redis://" + s.Addr, []string{"--message-size", "-1"}, 2, []string{"--message-size"}},
		{"redis://" + s.Addr, []string{"--expect", "-1"}, 2, []string{"--expect"}},
		{"redis://" + s.Addr, []string{"--ns", "/a#b"}, 2, []string{"--ns"}},
	}
	for _, c := range cases {
		for _, asJSON := range []bool{false, true} {
			args := c.args
			if asJSON {
				args = append([]string{"--json"}, args...)
			}
			text, status := runCommand(t, c.url, args...)
			if status != c.status {
				t.Errorf("%s %v ends with status %d, want %d: %s", c.url, args, status, c.status, text)
			}
			if strings.Contains(text, "hunter2") || strings.Contains(text, "\x1b") {
				t.Errorf("%s %v shows a password, or colours without a terminal: %s", c.url, args, text)
			}
			if asJSON {
				mustBeJSON(t, text, c.status, c.says[0])
				continue
			}
			for _, word := range c.says {
				if !strings.Contains(text, word) {
					t.Errorf("%s %v does not say %q: %s", c.url, args, word, text)
				}
			}
		}
	}
}

// mustBeJSON wants one line with the status and, as the first word of code, the code.
func mustBeJSON(t *testing.T, text string, status int, code string) {
	t.Helper()
	if strings.HasPrefix(code, "--") {
		return // a flag is wrong: nothing was looked at
	}
	var got struct {
		V        int
		Status   string
		Checks   []report.Check
		Findings []report.Finding
	}
	d := json.NewDecoder(strings.NewReader(text))
	if err := d.Decode(&got); err != nil || d.More() || strings.Count(text, "\n") != 1 {
		t.Fatalf("not one line of JSON: %v: %s", err, text)
	}
	if want := []string{"healthy", "findings", "could not look"}[status]; got.Status != want || got.V != 1 || len(got.Checks) == 0 {
		t.Errorf("want status %q: %s", want, text)
	}
	if want := strings.TrimPrefix(code, "error: "); status != 0 && string(got.Findings[0].Code) != want {
		t.Errorf("want code %q: %s", want, text)
	}
	if status == 0 && got.Findings == nil {
		t.Errorf("no findings are an empty list: %s", text)
	}
}

func TestTextForATerminal(t *testing.T) {
	r := report.New("redis://host")
	r.Pass("one", "well")
	r.Skip("two", "because %s", strings.Repeat("it is long ", 20))
	r.Find("three", report.Finding{Code: report.NoServers, Says: "No \x1b[31mserver\u202e.", Do: "Start one.", Details: []string{"a", "b"}})
	var coloured, plain bytes.Buffer
	for w, colours := range map[*bytes.Buffer]bool{&coloured: true, &plain: false} {
		if err := r.WriteText(w, report.Layout{Colours: colours, Width: 60}); err != nil {
			t.Fatal(err)
		}
	}
	for line := range strings.Lines(plain.String()) {
		if n := len([]rune(strings.TrimRight(line, "\n"))); n > 60 {
			t.Errorf("a line of %d columns: %q", n, line)
		}
	}
	if strings.ContainsAny(plain.String(), "\x1b\u202e") {
		t.Errorf("what steers a terminal is shown: %q", plain.String())
	}
	if !strings.Contains(coloured.String(), "\x1b[31merror: no-servers\x1b[0m") || strings.Contains(coloured.String(), "\x1b[31mserver") {
		t.Errorf("colours are ours only: %q", coloured.String())
	}
}

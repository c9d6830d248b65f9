package doctor_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
	"github.com/sioxide/emitter/cmd/sioxide/internal/target"
	"github.com/sioxide/emitter/cmd/sioxide/internal/testkit"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
)

// quick looks without watching what passes.
var quick = doctor.Options{Timeout: 2 * time.Second}

func look(t *testing.T, url string, opts doctor.Options) *doctor.Report {
	t.Helper()
	parsed, err := target.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	r := doctor.Run(t.Context(), parsed, opts)
	var text bytes.Buffer
	if err := r.WriteText(&text, report.Layout{Width: 100}); err != nil {
		t.Fatal(err)
	}
	if testing.Verbose() {
		t.Log("\n" + text.String())
	}
	return r
}

// mustFind wants the finding of a code, saying all words, and no other finding.
func mustFind(t *testing.T, r *doctor.Report, code report.Code, words ...string) report.Finding {
	t.Helper()
	if len(r.Findings) != 1 {
		t.Fatalf("want the finding %s alone, got %+v", code, r.Findings)
	}
	return mustSay(t, r, code, words...)
}

// mustSay wants it among others.
func mustSay(t *testing.T, r *doctor.Report, code report.Code, words ...string) report.Finding {
	t.Helper()
	i := slices.IndexFunc(r.Findings, func(f report.Finding) bool { return f.Code == code })
	if i < 0 {
		t.Fatalf("want the finding %s, got %+v", code, r.Findings)
	}
	f := r.Findings[i]
	text := strings.Join(append(f.Details, f.Says, f.Do), "\n")
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("%s does not say %q: %s", code, word, text)
		}
	}
	want := report.WithFindings
	if code.Blinds() {
		want = report.Blind
	}
	if r.ExitCode() != want {
		t.Errorf("%s: exit status %d, want %d", code, r.ExitCode(), want)
	}
	return f
}

func mustBeHealthy(t *testing.T, r *doctor.Report) {
	t.Helper()
	if len(r.Findings) != 0 || r.ExitCode() != report.Healthy {
		t.Fatalf("want no finding, got %+v", r.Findings)
	}
}

// status of a check, "" where it was not made.
func status(r *doctor.Report, check string) report.Status {
	for _, c := range r.Checks {
		if c.Name == check {
			return c.Status
		}
	}
	return ""
}

func mustSkip(t *testing.T, r *doctor.Report, check, because string) {
	t.Helper()
	for _, c := range r.Checks {
		if c.Name == check && c.Status == report.Skipped && strings.Contains(c.Says, because) {
			return
		}
	}
	t.Errorf("want check %s skipped, because %q: %+v", check, because, r.Checks)
}

// rustURL is how the redis crate writes a URL.
func rustURL(addr string) string { return "redis://" + addr + "/?protocol=resp3" }

func startRedisServer(t *testing.T, s *redistest.Server, c testkit.Config) *testkit.Server {
	t.Helper()
	c.Driver, c.URLs = "redis", []string{rustURL(s.Addr)}
	return testkit.StartServer(t, c)
}

func startFredServer(t *testing.T, s *redistest.Server, c testkit.Config) *testkit.Server {
	t.Helper()
	c.Driver, c.URLs = "fred", []string{"redis://" + s.Addr}
	return testkit.StartServer(t, c)
}

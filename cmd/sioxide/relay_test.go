package main_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The command takes operations from a stream of a real Redis to real servers, tells its
// numbers to Prometheus and OpenTelemetry, and ends on SIGTERM in time.
func TestRelay(t *testing.T) {
	c := startCluster(t, 2)
	a, b := c.connect(t, 0, "/", "news"), c.connect(t, 1, "/", "news")
	otel := make(chan string, 100)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case otel <- r.URL.Path:
		default:
		}
	}))
	defer collector.Close()
	put := func(data string) { c.redis.Do(t, "XADD", "jobs", "*", "key", "socket.io#/", "data", data) }
	put(`{"id":"1","op":"emit","to":["news"],"event":"first"}`)
	put(`{"id":"1","op":"emit","to":["news"],"event":"first"}`)
	put(`{"op":"emit"}`)
	cmd := command(t, append(environment(t), "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL),
		"relay", "--from", c.url+"?stream=jobs", "--to", c.url, "--metrics-addr", "127.0.0.1:0")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stderr)
	addr := ""
	for addr == "" && lines.Scan() {
		_, addr, _ = strings.Cut(lines.Text(), "address=")
	}
	rest := make(chan string, 1)
	go func() {
		var text strings.Builder
		for lines.Scan() {
			text.WriteString(lines.Text() + "\n")
		}
		rest <- text.String()
	}()
	a.must("first", `[]`)
	put(`{"id":"2","op":"emit","to":["news"],"event":"second"}`)
	a.must("second", `[]`)
	b.must("first", `[]`)
	b.must("second", `[]`)
	waitFor(t, "the numbers", func() bool {
		text := get(t, "http://"+addr+"/metrics")
		return strings.Contains(text, "relay_performed_total 2\n") && strings.Contains(text, "relay_duplicates_total 1\n") &&
			strings.Contains(text, "relay_dead_total 1\n") && strings.Contains(text, "relay_lag_messages 0\n")
	})
	if text := get(t, "http://"+addr+"/healthz"); text != "ok\n" {
		t.Errorf("health: %q", text)
	}
	begin := time.Now()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	log := <-rest
	if status := statusOf(t, cmd.Wait()); status != 0 || time.Since(begin) > 10*time.Second {
		t.Errorf("status %d after %v: %s", status, time.Since(begin), log)
	}
	for _, text := range []string{"dead letter", "event: an emit needs", "relay stops"} {
		if !strings.Contains(log, text) {
			t.Errorf("the log does not say %q: %s", text, log)
		}
	}
	select {
	case path := <-otel:
		if path != "/v1/metrics" {
			t.Errorf("OpenTelemetry got %s", path)
		}
	default:
		t.Error("OpenTelemetry got nothing")
	}
	if n := c.redis.Do(t, "XLEN", "jobs"); fmt.Sprint(n) != "0" {
		t.Errorf("%v entries are left", n)
	}
}

func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited 20 s for %s", what)
		}
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	res, err := http.Get(url) //nolint:noctx // of this test
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Wrong usage does nothing.
func TestRelayUsage(t *testing.T) {
	for want, args := range map[string][]string{
		"by --from":            {"--to", "redis://localhost"},
		"no cluster":           {"--from", "redis://localhost"},
		"can't be read from":   {"--from", "mongodb://localhost/x", "--to", "redis://localhost"},
		"wait, dead or drop":   {"--from", "redis://localhost", "--to", "redis://localhost", "--no-servers", "x"},
		"names no topic":       {"--from", "kafka://localhost", "--to", "redis://localhost"},
		"names no stream":      {"--from", "nats://localhost?bucket=b", "--to", "redis://localhost"},
		"twice":                {"--from", "kafka://localhost/a?topic=b", "--to", "redis://localhost"},
		"has no option bucket": {"--from", "kafka://localhost/a?bucket=b", "--to", "redis://localhost"},
		"%40":                  {"--from", "kafka://ann:hunter2/x@localhost", "--to", "redis://localhost"},
		"{STREAM}:dead":        {"--from", "redis://localhost", "--to", "redis://localhost", "--dead", "x"},
		"TABLE_dead":           {"--from", "postgres://localhost/x", "--to", "redis://localhost", "--dead", "x"},
		"has no option stream": {"--from", "postgres://localhost/x?stream=a", "--to", "redis://localhost"},
	} {
		run(t, nil, "", append([]string{"relay"}, args...)...).must(t, 2, want)
	}
	run(t, environment(t, "OTEL_METRICS_EXPORTER=prometheus"), "", "relay", "--from", "redis://localhost", "--to", "redis://localhost").must(t, 1, "--metrics-addr")
}

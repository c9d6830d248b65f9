package main_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/sioxide/emitter/driver/drivertest/redistest"
)

// Colours are for terminals, and not against NO_COLOR.
func TestDoctorOnTerminal(t *testing.T) {
	c := startCluster(t, 1)
	args := []string{"doctor", "--watch", "0", "--ns", "/none"}
	shown, _, status := c.inTerminal(t, "", args...)
	if status != 1 || !contains(shown, "\x1b[31merror: namespace-empty\x1b[0m", "1 finding.") {
		t.Errorf("status %d, shown %q", status, shown)
	}
	for _, variable := range []string{"NO_COLOR=1", "TERM=dumb"} {
		plain := &cluster{env: append(c.env, variable)}
		if shown, _, _ := plain.inTerminal(t, "", args...); strings.Contains(shown, "\x1b") || !contains(shown, "error: namespace-empty") {
			t.Errorf("with %s it shows %q", variable, shown)
		}
	}
	if r := c.run(t, args...).must(t, 1); strings.Contains(r.stdout, "\x1b") {
		t.Errorf("in a pipe it shows %q", r.stdout)
	}
}

// What can't be looked at has status 2, and no text shows the password.
func TestDoctorBlind(t *testing.T) {
	redis := redistest.Start(t, "--requirepass", "other")
	for _, c := range []struct{ url, code string }{
		{"redis://:s3cr3t@" + redis.Addr, "redis-password"},
		{"redis://:s3cr3t@" + redistest.FreeAddr(t), "redis-unreachable"},
		{"redis://:s3cr3t/@" + redis.Addr, "url-invalid"},
		{"redis://:s3cr3t@" + redis.Addr + "?prefix=", "url-invalid"},
	} {
		for _, flags := range [][]string{nil, {"--json"}} {
			r := run(t, environment(t, "SIOXIDE_URL="+c.url), "", append([]string{"doctor"}, flags...)...).must(t, 2)
			if !contains(r.stdout, c.code) || r.stderr != "" || strings.Contains(r.stdout, "s3cr3t") {
				t.Errorf("%s %v: %s%s", c.code, flags, r.stdout, r.stderr)
			}
		}
	}
}

// An interrupt ends it at once, with what was seen so far.
func TestDoctorInterrupted(t *testing.T) {
	c := startCluster(t, 1)
	cmd := command(t, c.env, "doctor", "--watch", "50s")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for !patternIsWatched(t, c) {
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	result{statusOf(t, cmd.Wait()), stdout.String(), stderr.String()}.must(t, 130, "interrupted")
	if !contains(stdout.String(), "connection", "interrupted") {
		t.Errorf("it shows %s", stdout.String())
	}
}

func patternIsWatched(t *testing.T, c *cluster) bool {
	t.Helper()
	return c.redis.Do(t, "PUBSUB", "NUMPAT").(int64) > 0
}

// A reader that has gone away ends it, quietly.
func TestDoctorClosedPipe(t *testing.T) {
	c := startCluster(t, 1)
	cmd := command(t, c.env, "doctor", "--watch", "0")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	_ = stdout.Close()
	if err := cmd.Run(); err == nil {
		t.Fatal("no error")
	}
	if cmd.ProcessState.ExitCode() != 141 || stderr.Len() > 0 {
		t.Errorf("status %d, %s", cmd.ProcessState.ExitCode(), stderr.String())
	}
}

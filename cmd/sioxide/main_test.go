package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/sioxide/emitter/cmd/sioxide/internal/cli" // what the command is built from: go test caches results by it
)

// program is the built command. Every test runs it as a person would.
var program string

func TestMain(m *testing.M) { os.Exit(build(m)) }

func build(m *testing.M) int {
	dir, err := os.MkdirTemp("", "sioxide-test-")
	if err == nil {
		defer os.RemoveAll(dir)
		program = filepath.Join(dir, "sioxide")
		args := []string{"build", "-o", program}
		if raceEnabled {
			args = append(args, "-race")
		}
		var out []byte
		out, err = exec.Command("go", append(args, ".")...).CombinedOutput()
		if err != nil {
			err = fmt.Errorf("%w: %s", err, out)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "build the command:", err)
		return 1
	}
	return m.Run()
}

// timeLimit is how long one run of the command may take.
const timeLimit = 60 * time.Second

// result is how a run ended.
type result struct {
	status         int
	stdout, stderr string
}

// environment of the command: nothing of the person who runs the tests, but a folder
// of its own.
func environment(t testing.TB, extra ...string) []string {
	t.Helper()
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TERM=xterm", "GORACE=atexit_sleep_ms=0"}
	if run := os.Getenv("SIOXIDE_RUN"); run != "" {
		env = append(env, "SIOXIDE_RUN="+run)
	}
	return append(env, extra...)
}

// command makes a run of the command with the environment given; without one it has
// none but environment's.
func command(t testing.TB, env []string, args ...string) *exec.Cmd {
	t.Helper()
	if env == nil {
		env = environment(t)
	}
	ctx, cancel := context.WithTimeout(t.Context(), timeLimit)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = env
	return cmd
}

// run runs the command with input.
func run(t testing.TB, env []string, input string, args ...string) result {
	t.Helper()
	cmd := command(t, env, args...)
	cmd.Stdin = strings.NewReader(input)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	return result{statusOf(t, cmd.Run()), stdout.String(), stderr.String()}
}

// statusOf returns the exit status.
func statusOf(t testing.TB, err error) int {
	t.Helper()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		return exit.ExitCode()
	}
	t.Fatalf("the command did not end by itself: %v", err)
	return -1
}

// must wants a status, and texts in what is told of it.
func (r result) must(t testing.TB, status int, texts ...string) result {
	t.Helper()
	if r.status != status {
		t.Fatalf("status %d, want %d\nstdout: %s\nstderr: %s", r.status, status, r.stdout, r.stderr)
	}
	for _, text := range texts {
		if !strings.Contains(r.stderr, text) {
			t.Errorf("the error does not say %q: %s", text, r.stderr)
		}
	}
	if strings.Contains(r.stderr, "panic") || strings.Contains(r.stderr, "DATA RACE") {
		t.Errorf("it panicked: %s", r.stderr)
	}
	return r
}

// decode reads the JSON of a result.
func decode[T any](t testing.TB, r result) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(r.stdout), &v); err != nil {
		t.Fatalf("the output is not JSON: %v: %q", err, r.stdout)
	}
	return v
}

// decodeLines reads JSON, one value a line.
func decodeLines[T any](t testing.TB, text string) []T {
	t.Helper()
	var out []T
	for line := range strings.Lines(text) {
		var v T
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("a line of the output is not JSON: %v: %q", err, line)
		}
		out = append(out, v)
	}
	return out
}

// Package browser plays the cases of this folder's scripts on the demo's page, in a
// headless chromium.
package browser

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// Play plays every case on the page at url; each is a subtest. Without node, chromium
// or the scripts' packages the test is skipped, which fails it in CI, and with -short.
func Play(t *testing.T, url string) {
	t.Helper()
	cmd := command(t, "test.mjs", url)
	var log strings.Builder
	cmd.Stderr = &log
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatalf("start %v: %v", cmd.Args, err)
	}
	played := 0
	for lines := bufio.NewScanner(out); lines.Scan(); played++ {
		var result struct{ Name, Error string }
		if err := json.Unmarshal(lines.Bytes(), &result); err != nil {
			t.Errorf("the scripts printed %q: %v", lines.Text(), err)
			continue
		}
		t.Run(result.Name, func(t *testing.T) {
			if result.Error != "" {
				t.Error(result.Error)
			}
		})
	}
	if err := cmd.Wait(); err != nil || played < 2 {
		t.Errorf("%d cases were played: %v\n%s", played, err, &log)
	}
}

// Need skips the test where there is no browser to play in.
func Need(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("it needs a browser: not with -short")
	}
	missing := ""
	if _, err := exec.LookPath("node"); err != nil {
		missing = "node is not installed (Debian: apt-get install nodejs)"
	} else if _, err := os.Stat(filepath.Join(dir(), "node_modules", "playwright-core")); err != nil {
		missing = "playwright-core is not installed (npm ci in examples/demo/browser)"
	} else if _, err := exec.LookPath(Chromium()); err != nil {
		missing = "chromium is not installed (Debian: apt-get install chromium)"
	}
	switch {
	case missing == "":
	case os.Getenv("CI") == "true":
		t.Fatal(missing)
	default:
		t.Skip(missing)
	}
}

// Chromium is the program: CHROMIUM of the environment, or Debian's.
func Chromium() string {
	if path := os.Getenv("CHROMIUM"); path != "" {
		return path
	}
	return "/usr/bin/chromium"
}

// command runs one of the scripts until the test ends; then it may close the browser.
func command(t *testing.T, script string, args ...string) *exec.Cmd {
	t.Helper()
	Need(t)
	cmd := exec.CommandContext(t.Context(), "node", append([]string{filepath.Join(dir(), script)}, args...)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// dir is the folder of the scripts, which is this file's.
func dir() string {
	_, file, _, _ := runtime.Caller(0) //nolint:dogsled // the other results say nothing more
	return filepath.Dir(file)
}

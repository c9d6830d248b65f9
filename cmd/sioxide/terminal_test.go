package main_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/creack/pty"
)

// inTerminal runs the command with everything on a terminal, and types.
func (c *cluster) inTerminal(t testing.TB, typed string, args ...string) (stdout, shown string, status int) {
	t.Helper()
	cmd := command(t, c.env, args...)
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 120})
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	if _, err := io.WriteString(terminal, typed); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	_, _ = io.Copy(&out, terminal) // ends with the last process that has the terminal
	err = cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), out.String(), cmd.ProcessState.ExitCode()
}

// withOutputOn runs the command with its output, or its errors, on a terminal.
func (c *cluster) withOutputOn(t testing.TB, input io.Reader, attach func(cmd *exec.Cmd, tty *os.File), args ...string) (shown string, status int) {
	t.Helper()
	terminal, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	cmd := command(t, c.env, args...)
	cmd.Stdin = input
	attach(cmd, tty)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = tty.Close()
	var out bytes.Buffer
	_, _ = io.Copy(&out, terminal)
	return out.String(), statusOf(t, cmd.Wait())
}

func contains(text string, parts ...string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}

// On a terminal there are tables, with a header that stands out unless NO_COLOR is
// set; --json is JSON there too.
func TestTables(t *testing.T) {
	c := startCluster(t, 1)
	one := c.connect(t, 0, "/", "short", "a much longer room", "caf\u00e9 \u5b57", "evil \u001b[31m\u202e")
	shown, _, status := c.inTerminal(t, "", "rooms")
	lines := strings.Split(strings.TrimSuffix(shown, "\r\n"), "\r\n")
	if status != 0 || len(lines) != 5 || lines[0] != "\x1b[1mROOM\x1b[0m" || !contains(shown, `evil \u001b[31m\u202e`, "café 字") {
		t.Errorf("status %d, shown %q", status, shown)
	}
	shown, _, _ = c.inTerminal(t, "", "sockets")
	if want := "SOCKET            SERVER            NAMESPACE"; !contains(shown, want, one.id+"  "+c.servers[0].UID+"  /\r\n") {
		t.Errorf("shown %q", shown)
	}
	shown, _, _ = c.inTerminal(t, "", "servers")
	if !contains(shown, "SERVER            ROUND TRIP", c.servers[0].UID+"  ", " ms\r\n") {
		t.Errorf("shown %q", shown)
	}
	shown, _, _ = c.inTerminal(t, "", "sync")
	if !contains(shown, "every server is up to date") {
		t.Errorf("shown %q", shown)
	}
	shown, _, _ = c.inTerminal(t, "", "rooms", "--json", "--to", "short", "--except", "none")
	if !strings.HasPrefix(shown, `["`) {
		t.Errorf("with --json it shows %q", shown)
	}
	for _, variable := range []string{"NO_COLOR=1", "TERM=dumb"} {
		plain := &cluster{env: append(c.env, variable)}
		if shown, _, _ := plain.inTerminal(t, "", "rooms"); strings.Contains(shown, "\x1b") || !strings.HasPrefix(shown, "ROOM\r\n") {
			t.Errorf("with %s it shows %q", variable, shown)
		}
	}
}

// The progress of a stream is shown where the errors go to a terminal, and is gone in
// the end.
func TestProgress(t *testing.T) {
	c := startCluster(t, 1)
	input := func() io.Reader { return strings.NewReader(strings.Repeat(`{"op":"emit","event":"e"}`+"\n", 5000)) }
	onErrors := func(cmd *exec.Cmd, tty *os.File) { cmd.Stderr = tty }
	shown, status := c.withOutputOn(t, input(), onErrors, "emit", "-")
	if status != 0 || !contains(shown, "emitting", "operations") {
		t.Errorf("status %d, shown %q", status, shown)
	}
	if shown, _ := c.withOutputOn(t, input(), onErrors, "emit", "-", "--json"); strings.Contains(shown, "emitting") {
		t.Errorf("with --json it shows %q", shown)
	}
	if r := run(t, c.env, `{"op":"emit","event":"e"}`, "emit", "-").must(t, 0); r.stderr != "" {
		t.Errorf("without a terminal it shows %q", r.stderr)
	}
	onOutput := func(cmd *exec.Cmd, tty *os.File) { cmd.Stdout = tty }
	if shown, _ := c.withOutputOn(t, input(), onOutput, "emit", "-"); strings.Contains(shown, "sent") {
		t.Errorf("results for people go to the errors: %q", shown)
	}
}

// A dry run on a terminal shows the operation and the bytes side by side.
func TestDryRunOnTerminal(t *testing.T) {
	c := &cluster{env: environment(t, "SIOXIDE_URL=redis://localhost")}
	shown, _, status := c.inTerminal(t, "", "emit", "hello", `"x"`, "--dry-run")
	if status != 0 || !contains(shown, "a broadcast request of ", "channel socket.io-request#/#", `"event": "hello"`, "00000000  96", "|") {
		t.Errorf("status %d, shown %q", status, shown)
	}
}

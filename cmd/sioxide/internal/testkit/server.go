// Package testkit starts what the command's tests run against: real socketioxide
// servers, and a Redis with TLS.
package testkit

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Set is a set of crates, by the program that conformance/setup.sh builds of it.
type Set string

// The sets: Current has socketioxide-core 0.20, Before 0.18, Oldest 0.16.
const (
	Current Set = "conformance-server-current"
	Before  Set = "conformance-server-set-0-18"
	Oldest  Set = "conformance-server-oldest"
)

// Server is a socketioxide server, a process of its own.
type Server struct {
	UID  string
	Port int // where its clients connect

	process *os.Process
	exited  chan struct{}
	log     *lockedText
}

// Config says what a server serves.
type Config struct {
	Set    Set    // Current where it is empty
	Driver string // redis, redis-cluster, fred, pg-sqlx, pg-tokio, mongodb-ttl, mongodb-capped, kafka or nats
	URLs   []string
	Prefix string // socket.io where it is empty
	Parser string // common where it is empty
	Args   []string
}

const startTime = 20 * time.Second

// StartServer starts a server and waits until it is subscribed to its namespaces, / and
// /admin.
func StartServer(t testing.TB, c Config) *Server {
	t.Helper()
	args := []string{"--driver", c.Driver, "--instance", or(c.Prefix, "socket.io") + ":" + or(c.Parser, "common")}
	for _, url := range c.URLs {
		args = append(args, "--url", url)
	}
	args = append(args, c.Args...)
	cmd := exec.Command(program(t, Set(or(string(c.Set), string(Current)))), args...)
	s := &Server{exited: make(chan struct{}), log: new(lockedText)}
	cmd.Stderr = s.log
	stdin, err := cmd.StdinPipe() // the server ends when it is closed, also by our end
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start a server: %v", err)
	}
	s.process = cmd.Process
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(stdout).ReadString('\n')
		line <- text
		_, _ = io.Copy(io.Discard, stdout)
		_ = cmd.Wait()
		close(s.exited)
	}()
	t.Cleanup(func() { s.Kill(); _ = stdin.Close() })
	select {
	case text := <-line:
		s.read(t, text)
	case <-time.After(startTime):
		t.Fatalf("the server was not ready after %v: %s", startTime, s.log)
	}
	return s
}

func (s *Server) read(t testing.TB, line string) {
	t.Helper()
	var ready struct {
		Instances []struct {
			UID  string
			Port int
		}
	}
	if err := json.Unmarshal([]byte(line), &ready); err != nil || len(ready.Instances) != 1 {
		t.Fatalf("the server says %q and logs %s", line, s.log)
	}
	s.UID, s.Port = ready.Instances[0].UID, ready.Instances[0].Port
}

// program finds a built server. Without it the test is skipped, and fails in CI.
func program(t testing.TB, set Set) string {
	t.Helper()
	dir := os.Getenv("SIOXIDE_CACHE")
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		dir = filepath.Join(base, "sioxide")
	}
	path := filepath.Join(dir, "cargo", "release", string(set))
	if _, err := os.Stat(path); err != nil {
		Missing(t, "the servers are not built (conformance/setup.sh): "+err.Error())
	}
	return path
}

// Missing ends a test for which something is not installed.
func Missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// Run starts a program, which ends with the test.
func Run(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	log := new(lockedText)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s: %s", cmd.Path, log)
		}
	})
}

// Log is what the server has logged: warnings and errors.
func (s *Server) Log() string { return s.log.String() }

// Kill ends the process and waits for its end.
func (s *Server) Kill() {
	_ = s.process.Kill()
	<-s.exited
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// lockedText takes the log of a process while the test may read it.
type lockedText struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Read returns what is in a file.
func Read(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Port of an address.
func Port(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return port
}

package redistest

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"
)

// Server is a redis-server that a test has started.
type Server struct {
	Addr string

	args    []string // of redis-server, besides its port and address
	dir     string
	process *os.Process
	exited  chan struct{}
	log     *lockedBuffer
}

// Need skips the test with -short and when there is no redis-server, of which the
// latter fails it in CI.
func Need(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("it needs a real Redis: not with -short")
	}
	if _, err := exec.LookPath("redis-server"); err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("redis-server is not installed (Debian: apt-get install redis-server)")
	}
	t.Skip("redis-server is not installed (Debian: apt-get install redis-server)")
}

// Start starts a server with the arguments of redis-server, "--requirepass", "x",
// and waits until it answers.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	return start(t, append([]string{"--save", "", "--appendonly", "no"}, args...))
}

func start(t testing.TB, args []string) *Server {
	t.Helper()
	Need(t)
	s := &Server{args: args, dir: t.TempDir()}
	t.Cleanup(s.Kill)
	for range 5 { // a port that was free may be taken by the time the server binds it
		s.Addr = freeAddr(t)
		if s.launch(t) {
			return s
		}
	}
	t.Fatalf("redis-server did not start: %s", s.log)
	return nil
}

// launch is false when the server exits instead of answering.
func (s *Server) launch(t testing.TB) bool {
	t.Helper()
	_, port, _ := net.SplitHostPort(s.Addr)
	cmd := exec.Command("redis-server", slices.Concat(s.args, []string{"--port", port, "--bind", "127.0.0.1", "--dir", s.dir})...)
	s.log = new(lockedBuffer)
	cmd.Stdout, cmd.Stderr = s.log, s.log
	if err := cmd.Start(); err != nil {
		t.Fatalf("start redis-server: %v", err)
	}
	exited := make(chan struct{})
	s.process, s.exited = cmd.Process, exited
	go func() {
		_ = cmd.Wait()
		close(exited)
	}()
	for deadline := time.Now().Add(20 * time.Second); ; {
		if answers(s.Addr) {
			return true
		}
		select {
		case <-exited:
			return false
		case <-time.After(5 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatalf("redis-server at %s did not answer within 20 s: %s", s.Addr, s.log)
		}
	}
}

// answers tells whether a server takes commands, or wants a password first.
func answers(addr string) bool {
	c, err := Dial(addr)
	if err != nil {
		return false
	}
	defer c.Close()
	_, err = c.Do("PING")
	var reply ReplyError
	return err == nil || errors.As(err, &reply) && bytes.HasPrefix([]byte(reply), []byte("NOAUTH"))
}

// Kill ends the server's process and waits for its end.
func (s *Server) Kill() {
	if s.process == nil {
		return
	}
	_ = s.process.Kill()
	<-s.exited
}

// Restart starts a server that was killed again, at the same address.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	if !s.launch(t) {
		t.Fatalf("redis-server did not start again at %s: %s", s.Addr, s.log)
	}
}

// Do runs one command on a connection of its own; its failure ends the test.
func (s *Server) Do(t testing.TB, args ...string) any {
	t.Helper()
	c, err := Dial(s.Addr)
	if err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	defer c.Close()
	v, err := c.Do(args...)
	if err != nil {
		t.Fatalf("%v at %s: %v", args, s.Addr, err)
	}
	return v
}

// FreeAddr returns an address of 127.0.0.1 on which nothing listens.
func FreeAddr(t testing.TB) string { return freeAddr(t) }

func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// lockedBuffer takes the log of a process while the test may read it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

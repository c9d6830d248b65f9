package testkit

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Pause stops the process, so that its connections stay open and nothing is answered,
// and returns once all threads of it stand still. It goes on at the end of the test.
func (s *Server) Pause(t testing.TB) {
	t.Helper()
	if err := s.process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatalf("stop the server: %v", err)
	}
	t.Cleanup(func() { _ = s.process.Signal(syscall.SIGCONT) })
	for deadline := time.Now().Add(10 * time.Second); !s.stopped(t); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the server does not stop")
		}
	}
}

// stopped tells whether all threads are in state T (proc(5), /proc/pid/stat).
func (s *Server) stopped(t testing.TB) bool {
	stats, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", s.process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range stats {
		text, err := os.ReadFile(file)
		_, state, _ := strings.Cut(string(text), ") ") // the state follows the name in brackets
		if err != nil || !strings.HasPrefix(state, "T") {
			return false
		}
	}
	return len(stats) > 0
}

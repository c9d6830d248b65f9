//go:build unix

package mongotest

import (
	"sync"
	"syscall"
	"testing"
)

// Stall stops the process, so that its connections stay open and nothing is
// answered, until resume is called or the test ends.
func (s *Server) Stall(t testing.TB) (resume func()) {
	t.Helper()
	proc := s.proc
	if err := proc.Signal(syscall.SIGSTOP); err != nil {
		t.Fatalf("stop the stand-in for MongoDB: %v", err)
	}
	resume = sync.OnceFunc(func() { _ = proc.Signal(syscall.SIGCONT) })
	t.Cleanup(resume)
	return resume
}

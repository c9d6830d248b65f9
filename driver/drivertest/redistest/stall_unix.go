//go:build unix

package redistest

import (
	"sync"
	"syscall"
	"testing"
)

// Stall stops the process, so that its connections stay open and nothing is
// answered, until resume is called or the test ends.
func (s *Server) Stall(t testing.TB) (resume func()) {
	t.Helper()
	if err := s.process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatalf("stop redis-server: %v", err)
	}
	resume = sync.OnceFunc(func() { _ = s.process.Signal(syscall.SIGCONT) })
	t.Cleanup(resume)
	return resume
}

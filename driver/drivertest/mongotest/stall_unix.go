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
	// The signal is on its way; all threads have stopped when this returns.
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(proc.Pid, &status, syscall.WUNTRACED, nil); err != nil || !status.Stopped() {
		t.Fatalf("the stand-in for MongoDB does not stop: %v", err)
	}
	resume = sync.OnceFunc(func() { _ = proc.Signal(syscall.SIGCONT) })
	t.Cleanup(resume)
	return resume
}

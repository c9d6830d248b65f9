//go:build !unix

package mongotest

import "testing"

// Stall skips the test: a process can't be stopped here.
func (s *Server) Stall(t testing.TB) (resume func()) {
	t.Helper()
	t.Skip("a process can't be stopped on this system")
	return func() {}
}

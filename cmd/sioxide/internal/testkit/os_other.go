//go:build !linux

package testkit

import "testing"

// Pause skips the test: a process can't be stopped here.
func (s *Server) Pause(t testing.TB) { t.Skip("a process can't be stopped on this system") }

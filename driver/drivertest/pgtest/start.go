package pgtest

import (
	"os"
	"testing"
)

// Need skips the test with -short and when PostgreSQL is not installed, of which the
// latter fails it in CI.
func Need(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("it needs a real PostgreSQL: not with -short")
	}
	if _, err := programs(); err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatal(ErrMissing)
	}
	t.Skip(ErrMissing)
}

// Start is Launch for a test, with which the server ends.
func Start(t testing.TB, settings ...string) *Server {
	t.Helper()
	Need(t)
	s, err := Launch(settings...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// MustSQL is SQL whose failure ends the test.
func (s *Server) MustSQL(t testing.TB, statements string) string {
	t.Helper()
	out, err := s.SQL(statements)
	if err != nil {
		t.Fatalf("%s: %v", statements, err)
	}
	return out
}

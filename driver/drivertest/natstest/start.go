package natstest

import (
	"os"
	"testing"
)

// Need skips the test with -short and where nats-server is not built, of which the
// latter fails it in CI.
func Need(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("it needs a real nats-server: not with -short")
	}
	_, err := find()
	if err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatal(err)
	}
	t.Skip(err)
}

// Start is Launch for a test, with which the server ends.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	Need(t)
	s, err := Launch(args...)
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

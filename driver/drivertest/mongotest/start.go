package mongotest

import (
	"os"
	"testing"
)

// Need skips the test with -short and where the stand-in is not built, of which the
// latter fails it in CI.
func Need(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("it needs a stand-in for MongoDB: not with -short")
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

// Start is Launch for a test, with which the stand-in ends.
func Start(t testing.TB, opts ...Option) *Server {
	t.Helper()
	Need(t)
	s, err := Launch(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Kill(); err != nil {
			t.Error(err)
		}
	})
	return s
}

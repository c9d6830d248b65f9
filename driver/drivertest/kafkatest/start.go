package kafkatest

import (
	"os"
	"testing"
)

// Need skips the test with -short and where Kafka's jars or Java are missing, of which
// the latter fails it in CI.
func Need(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("it needs a real Kafka: not with -short")
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

// Start is Launch for a test, with which Kafka ends.
func Start(t testing.TB, settings ...string) *Server {
	t.Helper()
	return run(t, func() (*Server, error) { return Launch(settings...) })
}

// StartBehind is LaunchBehind for a test, with which Kafka ends.
func StartBehind(t testing.TB, proxy func(to string) (addr string), settings ...string) *Server {
	t.Helper()
	return run(t, func() (*Server, error) { return LaunchBehind(proxy, settings...) })
}

func run(t testing.TB, launch func() (*Server, error)) *Server {
	t.Helper()
	Need(t)
	s, err := launch()
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

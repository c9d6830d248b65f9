package mongotest_test

import (
	"net"
	"testing"

	"github.com/sioxide/emitter/driver/drivertest/mongotest"
)

func TestRestart(t *testing.T) {
	s := mongotest.Start(t, mongotest.NoChangeStreams())
	addr := s.Addr
	for range 2 {
		mustListen(t, s, true)
		if err := s.Kill(); err != nil {
			t.Fatal(err)
		}
		mustListen(t, s, false)
		if err := s.Restart(); err != nil {
			t.Fatal(err)
		}
	}
	if s.Addr != addr {
		t.Errorf("restarted at %s, not %s", s.Addr, addr)
	}
}

func TestLaunchSaysWhatIsWrong(t *testing.T) {
	t.Setenv("SIOXIDE_CACHE", t.TempDir())
	if s, err := mongotest.Launch(); err == nil {
		t.Errorf("a stand-in that was never built runs at %s", s.Addr)
	}
}

func mustListen(t *testing.T, s *mongotest.Server, want bool) {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr)
	if err == nil {
		_ = c.Close()
	}
	if (err == nil) != want {
		t.Fatalf("it listens: %v, want %v", err == nil, want)
	}
}

package natstest_test

import (
	"bufio"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/sioxide/emitter/driver/drivertest/natstest"
)

func TestServer(t *testing.T) {
	s := natstest.Start(t, natstest.JetStream...)
	url := s.URL()
	for range 2 {
		mustAnswer(t, s.Addr)
		if err := s.Kill(); err != nil {
			t.Fatal(err)
		}
		if c, err := net.Dial("tcp", s.Addr); err == nil {
			_ = c.Close()
			t.Fatal("a nats-server that was killed takes connections")
		}
		if err := s.Restart(); err != nil {
			t.Fatal(err)
		}
	}
	if s.URL() != url {
		t.Errorf("restarted at %s, not %s", s.URL(), url)
	}
	resume, err := s.Pause()
	if err != nil {
		t.Fatal(err)
	}
	if err := answer(s.Addr, 200*time.Millisecond); err == nil {
		t.Error("a nats-server that stands still answers")
	}
	resume()
	mustAnswer(t, s.Addr)
	if !strings.Contains(s.Log(), "Starting JetStream") {
		t.Errorf("no JetStream in the log: %s", s.Log())
	}
}

func TestLaunchSaysWhatIsWrong(t *testing.T) {
	natstest.Need(t)
	if _, err := natstest.Launch("-c", "no-such-file"); err == nil || !strings.Contains(err.Error(), "no-such-file") {
		t.Errorf("a file that is not there: %v", err)
	}
	t.Setenv("SIOXIDE_CACHE", t.TempDir())
	if _, err := natstest.Launch(); err == nil || !strings.Contains(err.Error(), "scripts/nats-server.sh") {
		t.Errorf("a program that was never built: %v", err)
	}
}

func mustAnswer(t *testing.T, addr string) {
	t.Helper()
	if err := answer(addr, 30*time.Second); err != nil {
		t.Fatal(err)
	}
}

// answer waits for the line with which a server begins.
func answer(addr string, within time.Duration) error {
	c, err := net.DialTimeout("tcp", addr, within)
	if err != nil {
		return err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(within))
	line, err := bufio.NewReader(c).ReadString('\n')
	if err == nil && !strings.HasPrefix(line, "INFO ") {
		err = errors.New(line)
	}
	return err
}

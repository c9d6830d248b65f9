package kafkatest_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/sioxide/emitter/driver/drivertest/kafkatest"
	"github.com/sioxide/emitter/driver/drivertest/netproxy"
)

func TestServer(t *testing.T) {
	kafkatest.Need(t)
	s := kafkatest.StartBehind(t, func(to string) string {
		return netproxy.New(t, to, func([]byte) bool { return false }).Addr
	})
	addr := s.Address()
	mustAnswer(t, s.ProxyAddr)
	for range 2 {
		mustAnswer(t, addr)
		if err := s.Kill(); err != nil {
			t.Fatal(err)
		}
		if c, err := net.Dial("tcp", addr); err == nil {
			_ = c.Close()
			t.Fatal("a Kafka that was killed takes connections")
		}
		if err := s.Restart(); err != nil {
			t.Fatal(err)
		}
	}
	if s.Address() != addr {
		t.Errorf("restarted at %s, not %s", s.Address(), addr)
	}
	resume, err := s.Pause()
	if err != nil {
		t.Fatal(err)
	}
	if err := answer(addr, 200*time.Millisecond); err == nil {
		t.Error("a Kafka that stands still answers")
	}
	resume()
	mustAnswer(t, addr)
	if !strings.Contains(s.Log(), "Kafka Server started") {
		t.Errorf("the log: %s", s.Log())
	}
}

func TestLaunchSaysWhatIsWrong(t *testing.T) {
	kafkatest.Need(t)
	if _, err := kafkatest.Launch("num.io.threads=none"); err == nil || !strings.Contains(err.Error(), "num.io.threads") {
		t.Errorf("a setting that is none: %v", err)
	}
	t.Setenv("SIOXIDE_CACHE", t.TempDir())
	if _, err := kafkatest.Launch(); err == nil || !strings.Contains(err.Error(), "scripts/kafka.sh") {
		t.Errorf("jars that were never copied: %v", err)
	}
}

func mustAnswer(t *testing.T, addr string) {
	t.Helper()
	if err := answer(addr, 30*time.Second); err != nil {
		t.Fatal(err)
	}
}

// answer asks for the versions that Kafka speaks: ApiVersions, version 0, of Kafka's
// protocol.
func answer(addr string, within time.Duration) error {
	c, err := net.DialTimeout("tcp", addr, within)
	if err != nil {
		return err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(within))
	// length; key of the request, its version; correlation; no name of the client
	if _, err := c.Write([]byte{0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff}); err != nil {
		return err
	}
	_, err = c.Read(make([]byte, 4))
	return err
}

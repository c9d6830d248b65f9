package redisdriver

import (
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter/driver/drivertest/redistest"
	"github.com/sioxide/emitter/protocol"
)

// lossNoted keeps what a connection tells.
type lossNoted chan error

func (lossNoted) Message([]byte)              {}
func (lossNoted) Response(*protocol.Response) {}
func (lossNoted) Ended(string, error)         {}
func (l lossNoted) Lost(err error)            { l <- err }

// TestSilence has Redis say nothing without a connection being closed, as when a
// cable is cut.
func TestSilence(t *testing.T) {
	s := redistest.Start(t)
	client := redis.NewClient(&redis.Options{Addr: s.Addr})
	defer client.Close()
	const silence = 300 * time.Millisecond
	lost := make(lossNoted, 1)
	c, err := dial(t.Context(), client.Subscribe(t.Context()), false, silence, lost)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Subscribe(t.Context(), "channel"); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-lost:
		t.Fatalf("a connection on which nothing is published is kept: %v", err)
	case <-time.After(3 * silence):
	}
	resume := s.Stall(t)
	defer resume()
	select {
	case err := <-lost:
		if !strings.Contains(err.Error(), "nothing was heard") {
			t.Errorf("the silence is told: %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("a connection on which nothing is heard is given up")
	}
}

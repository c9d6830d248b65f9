package redistest

import (
	"testing"
	"time"
)

// Watch subscribes to a channel of the server at addr, as a socketioxide server
// does, and returns what arrives there; it is closed when the test ends. Sharded
// uses SSUBSCRIBE.
func Watch(t testing.TB, addr, channel string, sharded bool) <-chan []byte {
	t.Helper()
	command := "SUBSCRIBE"
	if sharded {
		command = "SSUBSCRIBE"
	}
	return subscribe(t, addr, command, channel, 2)
}

// WatchPattern subscribes to a pattern, as monitoring tools do.
func WatchPattern(t testing.TB, addr, pattern string) <-chan []byte {
	t.Helper()
	return subscribe(t, addr, "PSUBSCRIBE", pattern, 3)
}

// subscribe reads messages whose data stands at place in the reply.
func subscribe(t testing.TB, addr, command, channel string, place int) <-chan []byte {
	t.Helper()
	c, err := Dial(addr)
	if err != nil {
		t.Fatalf("%s %s: %v", command, channel, err)
	}
	if _, err := c.Do(command, channel); err != nil {
		t.Fatalf("%s %s at %s: %v", command, channel, addr, err)
	}
	_ = c.SetDeadline(time.Time{})
	messages := make(chan []byte, 1<<16)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer close(messages)
		for {
			v, err := c.Read()
			if err != nil {
				return
			}
			if m, ok := v.([]any); ok && len(m) == place+1 {
				if data, ok := m[place].([]byte); ok {
					messages <- data
				}
			}
		}
	}()
	t.Cleanup(func() {
		_ = c.Close()
		<-ended
	})
	return messages
}

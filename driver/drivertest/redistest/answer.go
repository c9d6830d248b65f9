package redistest

import "testing"

// Answer publishes data on a channel of the server at addr, as a socketioxide
// server answers there: sharded by SPUBLISH. It returns how many are subscribed.
func Answer(t testing.TB, addr, channel string, sharded bool, data []byte) int {
	t.Helper()
	command := publishCommand(sharded)
	c, err := Dial(addr)
	if err != nil {
		t.Fatalf("answer: %v", err)
	}
	defer c.Close()
	n, err := c.Do(command, channel, string(data))
	if err != nil {
		t.Fatalf("answer: %s on %q at %s: %v", command, channel, addr, err)
	}
	return int(n.(int64))
}

// Subscribers returns how many are subscribed to a channel, patterns apart.
func (s *Server) Subscribers(t testing.TB, channel string, sharded bool) int {
	t.Helper()
	count := "NUMSUB"
	if sharded {
		count = "SHARDNUMSUB"
	}
	return int(s.Do(t, "PUBSUB", count, channel).([]any)[1].(int64))
}

// Answer publishes data on the node that has the channel's slot.
func (c *Cluster) Answer(t testing.TB, channel string, data []byte) int {
	t.Helper()
	return Answer(t, c.Nodes[c.Owner(t, channel)].Addr, channel, true, data)
}

func publishCommand(sharded bool) string {
	if sharded {
		return "SPUBLISH"
	}
	return "PUBLISH"
}

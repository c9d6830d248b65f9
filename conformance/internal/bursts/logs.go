package bursts

import (
	"regexp"
	"strconv"
	"strings"
)

// losses is what servers say of messages that they could not take.
type losses struct {
	adapter int // messages that did not fit into the queue of an adapter
	queues  int // events that did not fit into the queue of a client
	other   []string
}

// What the servers log: socketioxide-redis 0.4.4, src/drivers/redis.rs (handle_msg) and src/drivers/fred.rs
// (msg_handler), and for clients' queues, a list of one error a client, src/lib.rs (recv_broadcast).
var (
	redisFull  = "redis pubsub channel full"
	fredFull   = "fred driver dropped a message"
	fredLagged = regexp.MustCompile(`fred driver pubsub channel lagged by (\d+)`)
	queueFull  = "InternalChannelFull"
	natsFull   = "NATS: a channel is full, a message was dropped" // servers/src/drivers/nats.rs
)

func readLosses(log string) losses {
	var l losses
	for line := range strings.Lines(log) {
		lagged := fredLagged.FindStringSubmatch(line)
		switch {
		case strings.Contains(line, redisFull), strings.Contains(line, fredFull), strings.Contains(line, natsFull):
			l.adapter++
		case lagged != nil:
			n, _ := strconv.Atoi(lagged[1]) // the expression matches digits only
			l.adapter += n
		case strings.Contains(line, queueFull):
			l.queues += strings.Count(line, queueFull)
		default:
			l.other = append(l.other, strings.TrimSpace(line))
		}
	}
	return l
}

// losses reads what the servers have logged since the last call.
func (c *Cluster) losses() losses {
	var sum losses
	for i, s := range c.servers {
		log := s.Log()
		l := readLosses(log[c.logged[i]:])
		c.logged[i] = len(log)
		sum.adapter += l.adapter
		sum.queues += l.queues
		sum.other = append(sum.other, l.other...)
	}
	return sum
}

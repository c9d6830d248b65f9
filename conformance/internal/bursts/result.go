package bursts

import (
	"fmt"
	"strings"
	"time"
)

// Result of a burst.
type Result struct {
	Burst    Burst
	Expected int // deliveries: events times clients
	Received int
	Disorder int
	Adapter  int // messages that a server's own queue did not take, of both servers; markers may be among them
	Queues   int // deliveries that a client's queue did not take, by the servers' logs
	Other    []string
	Errors   []string      // what the senders' emitters said
	SentIn   time.Duration // until the sender was done
	Arrived  time.Duration // from the first event sent to the last one received
	Took     time.Duration // of the whole run
	Deaf     bool          // Redis has cut off the servers
}

// Lost is how many deliveries are missing.
func (r Result) Lost() int { return r.Expected - r.Received }

// Rate is how many events a second each client got, on average.
func (r Result) Rate() float64 {
	if r.Arrived <= 0 || r.Expected == 0 {
		return 0
	}
	got := float64(r.Burst.Size.Events) * float64(r.Received) / float64(r.Expected)
	return got / r.Arrived.Seconds()
}

// Broken tells how the promise of the way was broken; "" if it was kept.
func (r Result) Broken() string {
	var broken []string
	add := func(format string, args ...any) { broken = append(broken, fmt.Sprintf(format, args...)) }
	promise := r.Burst.Way.Promise
	if promise == Nothing {
		return ""
	}
	if r.Deaf {
		add("Redis has cut off the servers")
	}
	if len(r.Errors) > 0 {
		add("the emitter said: %s", strings.Join(r.Errors, "; "))
	}
	if r.Adapter > 0 {
		add("%d messages were lost in the servers' own queues", r.Adapter)
	}
	if lost, allowed := r.Lost(), r.Expected/1000; promise == All && lost != 0 {
		add("%d of %d deliveries were lost, none may be", lost, r.Expected)
	} else if lost > allowed && !r.Burst.Paused {
		add("%d of %d deliveries were lost, more than 1 in 1,000", lost, r.Expected)
	}
	if r.Disorder > 0 && !r.Burst.Way.NoOrder {
		add("%d events came behind a later one, or twice", r.Disorder)
	}
	return strings.Join(broken, "; ")
}

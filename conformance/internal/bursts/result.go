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
	Arrived  time.Duration // from the first event sent to the last one received
	Took     time.Duration // of the whole run
	Deaf     bool          // the backend has cut off the servers
	Gone     int           // clients that their server has disconnected
}

// Harmed tells that the cluster needs a Restart.
func (r Result) Harmed() bool { return r.Deaf || r.Gone > 0 }

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
	promise := r.Burst.Way.Promise
	if promise == nothing {
		return ""
	}
	var broken []string
	add := func(format string, args ...any) { broken = append(broken, fmt.Sprintf(format, args...)) }
	if r.Deaf {
		add("the servers were cut off")
	}
	if len(r.Errors) > 0 {
		add("the emitter said: %s", strings.Join(r.Errors, "; "))
	}
	if r.Adapter > 0 {
		add("%d messages were lost in the servers' own queues", r.Adapter)
	}
	if len(r.Other) > 0 {
		add("the servers complained: %s", strings.Join(r.Other, "; "))
	}
	if r.Disorder > 0 {
		add("%d events came behind a later one, or twice", r.Disorder)
	}
	if lost := r.Lost(); lost > 0 && promise == all || lost < 0 {
		add("%d of %d deliveries were lost", lost, r.Expected)
	}
	return strings.Join(broken, "; ")
}

// LostByClients tells how many deliveries were lost of those of which at most 1 in 1,000 may be: of large events or of
// small ones, by all results together, as a single short burst says little when the machine is busy.
func LostByClients(results []Result, large bool) (lost, expected int) {
	for _, r := range results {
		if b := r.Burst; b.Way.Promise == clients && b.Size.isLarge() == large {
			lost += r.Lost()
			expected += r.Expected
		}
	}
	return lost, expected
}

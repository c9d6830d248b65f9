package relay

import (
	"time"

	"github.com/sioxide/emitter/outbox"
)

// place is a namespace of a cluster.
type place struct{ prefix, namespace string }

// item is a message that is not settled.
type item struct {
	msg   Message
	op    *outbox.Operation
	lane  *lane
	at    time.Time // when it was written; zero: not known
	sent  bool      // by the attempt that runs
	tried bool      // in an attempt
	doubt bool      // it may have been performed by one before
	named bool      // err is its own
	err   error     // of the attempt that runs
	tries int       // that failed for a reason of its own
}

func (it *item) place() place { return place{it.op.Prefix, it.op.Namespace} }

// asksFirst tells whether it asks the cluster before anything is sent, which a batch
// can't.
func (it *item) asksFirst() bool {
	return it.op.Op == outbox.Join && it.op.Socket != "" && it.op.Server == ""
}

// lane is what fails together: the operations for one namespace, or for one server's
// sockets in it.
type lane struct {
	place  place
	server string
	held   int       // items
	tries  int       // attempts that failed, since the last that did not
	due    time.Time // of the next
	said   bool      // that nobody serves it
}

type laneKey struct {
	place
	server string
}

func (l *lane) key() laneKey { return laneKey{l.place, l.server} }

func (l *lane) failing() bool { return l.tries > 0 }

// fail puts the lane's next attempt off.
func (l *lane) fail(now time.Time) {
	l.tries++
	l.due = now.Add(backoff(l.tries))
}

package emitter

import (
	"time"

	"github.com/sioxide/emitter/protocol"
)

// collectTime is how long a question collects answers while not all servers are known.
const collectTime = time.Second

// almost is enough of it for a question whose own time is up: one that may take no
// longer than a second would otherwise never learn who is there.
const almost = collectTime * 9 / 10

// roll says by name who must answer a question, where the backend can't say how many
// will.
type roll struct {
	members  []protocol.ID // nil while not all are known
	requests []protocol.ID // that each of them must answer
	server   protocol.ID   // the only one asked; zero: all
	since    time.Time     // when it began to collect; zero: it does not
}

// callRoll prepares how the question's servers are counted. The members are those
// known before anything is sent: who is heard of later may not have been asked.
func (q *question) callRoll(e *Emitter) {
	if e.route.rosterer == nil {
		q.roster = e.core.tracker.roster(e.clusterKey())
		return
	}
	q.roster = e.route.rosterer.Roster(e.prefix, e.namespace)
	q.roll = new(roll)
	if e.server == "" {
		q.roll.members = q.roster.all()
		return
	}
	q.roll.server, _ = protocol.ParseID(e.server) // ToServer has checked it
	q.roll.members = []protocol.ID{q.roll.server}
}

// collect waits for the members, or for whoever answers within a second where they
// are not known.
func (q *question) collect() {
	if len(q.roll.members) == 0 && !q.ended {
		q.roll.since = time.Now()
		q.quiet = time.AfterFunc(collectTime, q.collected)
	}
}

// isCollecting tells whether the members are not known yet. The caller holds the lock.
func (q *question) isCollecting() bool {
	return q.roll != nil && !q.roll.since.IsZero() && len(q.roll.members) == 0
}

// hasAlmostCollected tells whether somebody answered, and the others had time to.
func (q *question) hasAlmostCollected() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.isCollecting() && len(q.answered) > 0 && time.Since(q.roll.since) >= almost
}

// collected takes those who have answered or were heard otherwise for all. As long as
// there is nobody the first answer is waited for, until the deadline.
func (q *question) collected() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended {
		return
	}
	heard := q.roster.IDs() // with all of q.servers
	if len(heard) == 0 {
		q.quiet.Reset(quietTime)
		return
	}
	if len(q.answered) > 0 {
		q.roster.fill()
	}
	q.roll.members = heard
	q.check()
}

// rollAnswered tells whether every member has answered every request.
func (q *question) rollAnswered() bool {
	for _, id := range q.roll.members {
		for _, req := range q.roll.requests {
			if _, ok := q.answered[answerKey{req, id}]; !ok {
				return false
			}
		}
	}
	return len(q.roll.members) > 0
}

// absent lists the members that have not answered at all.
func (q *question) absent() []string {
	var ids []string
	for _, id := range q.roll.members {
		if _, ok := q.servers[id]; !ok {
			ids = append(ids, id.String())
		}
	}
	return ids
}

// nobodyThere notes the members that left the question without an answer, and tells
// whether no server is left that could. A question that was cut short says nothing
// of them.
func (q *question) nobodyThere() bool {
	if time.Since(q.asked) < collectTime {
		return false
	}
	there := len(q.servers) > 0
	for _, id := range q.roll.members {
		if _, ok := q.servers[id]; !ok && q.roster.miss(id, q.asked) {
			there = true
		}
	}
	if !there && q.roll.server.IsZero() {
		q.roster.noteEmpty()
	}
	return !there
}

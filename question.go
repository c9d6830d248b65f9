package emitter

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/sioxide/emitter/protocol"
)

// How long a question waits unless Timeout says otherwise, and how long after the
// last answer one ends whose driver can't tell how many servers there are.
const (
	answerWait = 5 * time.Second
	ackSlack   = time.Second // servers send timed-out acks just after their own timeout
	quietTime  = 300 * time.Millisecond
)

// question collects the answers to one request, or to a few that make up one
// question. It has no goroutine: answers come by the listener's, the end by the
// last answer, a timer or the context.
type question struct {
	asked  time.Time
	none   error                        // what to end with when there is no server
	accept func(*protocol.Response) int // takes an answer, under mu; returns by how many the awaited acks grow

	mu       sync.Mutex
	expected int                      // answers that servers will give; -1: the driver can't tell
	counted  bool                     // expected, or members, is known: Send has returned for each request
	roll     *roll                    // nil: servers are counted by number
	answered map[answerKey]struct{}   // who has answered which request
	servers  map[protocol.ID]struct{} // who has answered at all
	acks     int                      // announced and not yet here
	ended    bool
	err      error
	done     chan struct{}

	stops   []func()
	ctx     context.Context // of what asks; ends with the question
	cancel  context.CancelFunc
	timer   *time.Timer
	quiet   *time.Timer
	detach  func() bool
	roster  *Roster
	onEnded func() // runs once, under mu
}

type answerKey struct{ request, server protocol.ID }

// newQuestion makes a question that ends with ctx or after wait.
func (e *Emitter) newQuestion(ctx context.Context, wait time.Duration, accept func(*protocol.Response) int) *question {
	q := &question{
		asked:    time.Now(),
		none:     e.noServers(),
		accept:   accept,
		answered: make(map[answerKey]struct{}),
		servers:  make(map[protocol.ID]struct{}),
		done:     make(chan struct{}),
	}
	q.callRoll(e)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ctx, q.cancel = context.WithCancel(ctx)
	q.timer = time.AfterFunc(wait, func() { q.expire(nil) })
	q.detach = context.AfterFunc(ctx, func() { q.expire(ctx.Err()) })
	return q
}

// ask listens for the answers to reqs, sends them and notes how many servers will
// answer. After an error the question has ended.
func (q *question) ask(r *route, reqs ...*protocol.Request) error {
	for _, req := range reqs {
		if err := q.listen(r, req); err != nil {
			return q.broken(NotSent(err))
		}
	}
	total := 0
	for _, req := range reqs {
		n, err := q.send(r.driver, req)
		if err != nil {
			return q.broken(err)
		}
		if n < 0 || total < 0 {
			total = -1
			continue
		}
		total += n
	}
	q.expect(total)
	return nil
}

// A question that changes nothing is sent again when its connection breaks, as
// after a restart of the backend each connection of the client's pool does once.
const (
	maxAsked   = 4
	askedPause = 10 * time.Millisecond // before the second time; doubled each time
)

func (q *question) send(d Driver, req *protocol.Request) (servers int, err error) {
	for i := range maxAsked {
		if i > 0 && pause(q.ctx, askedPause<<(i-1)) != nil {
			break
		}
		servers, err = d.Send(q.ctx, req)
		if err == nil || req.Type == protocol.BroadcastWithAck || SafeToRetry(err) {
			break
		}
	}
	return servers, err
}

// broken ends the question with what kept it from being asked, unless it has ended
// and that is the reason.
func (q *question) broken(err error) error {
	q.end(err)
	return q.err
}

func (q *question) listen(r *route, req *protocol.Request) error {
	stop, err := r.listener.Listen(q.ctx, req, q.answer)
	if err != nil {
		return err
	}
	q.mu.Lock()
	q.stops = append(q.stops, stop)
	if q.roll != nil {
		q.roll.requests = append(q.roll.requests, req.ID)
	}
	ended := q.ended
	q.mu.Unlock()
	if ended { // it ended while Listen ran, and end did not see stop
		stop()
	}
	return nil
}

// expect notes how many answers will come in all, unless the roll is called. No
// server at all is ErrNoServers: of a Rosterer, it is what the backend has said.
func (q *question) expect(servers int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.expected, q.counted = servers, true
	switch {
	case servers == 0 && len(q.answered) == 0:
		q.endLocked(q.none)
	case q.roll != nil:
		q.collect()
	case servers < 0 && !q.ended:
		q.quiet = time.AfterFunc(quietTime, q.silence)
	}
	q.check()
}

// silence ends a question whose number of servers is unknown when none has
// answered for a while; acks that are announced are always waited for.
func (q *question) silence() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.acks > 0 || q.ended {
		return
	}
	if len(q.answered) == 0 {
		q.quiet.Reset(quietTime) // the first answer is waited for until the deadline
		return
	}
	q.endLocked(nil)
}

// answer takes one answer. It is the sink that drivers call.
func (q *question) answer(res protocol.Response) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended {
		return
	}
	if res.Kind == protocol.KindClosed {
		q.endLocked(ErrClosed)
		return
	}
	q.roster.Heard(res.Server)
	if res.Kind != protocol.KindAck {
		key := answerKey{res.Request, res.Server}
		if _, twice := q.answered[key]; twice {
			return
		}
		q.answered[key] = struct{}{}
		q.servers[res.Server] = struct{}{}
	}
	q.acks += q.accept(&res)
	if q.quiet != nil && q.roll == nil {
		q.quiet.Reset(quietTime)
	}
	q.check()
}

// check ends the question when all answers are here.
func (q *question) check() {
	if q.counted && q.acks == 0 && q.allAnswered() {
		q.endLocked(nil)
	}
}

func (q *question) allAnswered() bool {
	if q.roll != nil {
		return q.rollAnswered()
	}
	return q.expected >= 0 && len(q.answered) >= q.expected
}

func (q *question) end(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.endLocked(err)
}

func (q *question) endLocked(err error) {
	if q.ended {
		return
	}
	q.ended, q.err = true, err
	q.timer.Stop()
	if q.quiet != nil {
		q.quiet.Stop()
	}
	q.detach()
	q.cancel()
	for _, stop := range q.stops {
		stop()
	}
	if q.onEnded != nil {
		q.onEnded()
	}
	close(q.done)
}

// wait blocks until the question has ended.
func (q *question) wait() error {
	<-q.done
	return q.err
}

// expire ends the question when its own time is up, or, for that cause, its context's.
func (q *question) expire(cause error) {
	if !errors.Is(cause, context.Canceled) && q.hasAlmostCollected() {
		q.collected()
	}
	q.end(q.timeout(cause))
}

// failedAtOnce returns the error of a question that ended as soon as it was asked,
// without an answer.
func (q *question) failedAtOnce() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended && len(q.answered) == 0 {
		return q.err
	}
	return nil
}

// timeout says what was missing when time ran out.
func (q *question) timeout(cause error) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	msg := fmt.Sprintf("%d servers answered, their number is unknown", len(q.servers))
	if q.isCollecting() && len(q.servers) > 0 {
		msg += fmt.Sprintf(" (the first question in a namespace collects for %v: give it more time)", collectTime)
	}
	if n := q.awaited(); n >= 0 {
		msg = fmt.Sprintf("%d of %d answers came", len(q.answered), n)
	}
	if q.acks > 0 {
		msg += fmt.Sprintf(", %d announced acks did not", q.acks)
	}
	silent := q.silentLocked()
	if len(silent) > 0 {
		msg += fmt.Sprintf("; silent: %s", nameServers(silent))
	}
	err := fmt.Errorf("%w: %s", ErrTimeout, msg)
	if cause != nil {
		err = fmt.Errorf("%w: %w", err, cause)
	}
	if q.roll != nil && q.counted && !q.ended && q.nobodyThere() {
		return fmt.Errorf("%w: %w", q.none, err)
	}
	return err
}

// awaited is how many answers were to come in all, -1 where it is unknown.
func (q *question) awaited() int {
	switch {
	case q.counted && q.roll != nil && len(q.roll.members) > 0:
		return len(q.roll.members) * len(q.roll.requests)
	case q.counted && q.roll == nil:
		return q.expected
	}
	return -1
}

// silentLocked lists the servers that have not answered: those that were heard of
// in the last minute, and "" for each that never was.
func (q *question) silentLocked() []string {
	if q.roll != nil {
		return q.absent()
	}
	missing := q.expected - len(q.answered)
	if !q.counted || q.expected >= 0 && missing <= 0 {
		return nil
	}
	var silent []string
	for _, id := range q.roster.IDs() {
		if _, ok := q.servers[id]; !ok {
			silent = append(silent, id.String())
		}
	}
	for len(silent) < missing {
		silent = append(silent, "")
	}
	return silent
}

func (q *question) silent() []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.silentLocked()
}

func nameServers(ids []string) string {
	s := ""
	for i, id := range ids {
		if i > 0 {
			s += ", "
		}
		if id == "" {
			id = "one never heard of"
		}
		s += id
	}
	return s
}

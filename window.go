package emitter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sioxide/emitter/protocol"
)

// probeWait is how long the first probe of a window is waited for: one that a
// server dropped is asked again.
const probeWait = time.Second

// window is a round of a batch that waits until the servers have taken it: behind
// its requests it has a probe for every channel that they used, or, under Acked,
// the last event for each selection turned into a question.
type window struct {
	listener Listener
	sent     time.Time
	reqs     []*protocol.Request
	checks   []windowCheck
}

// windowCheck is the question that closes one channel, or one selection of it.
type windowCheck struct {
	emitter Emitter // reaches the channel
	q       *question
	at      int // of its request in window.reqs
	late    int // acks that did not come, of a question under Acked
	full    int // clients whose queue did not take it
}

type batchChannel struct{ prefix, namespace, server string }

func channelOf(req *protocol.Request) batchChannel {
	return batchChannel{req.Prefix, req.Namespace, req.Server}
}

// batchTarget is a channel and whom of it an event is for.
type batchTarget struct {
	batchChannel
	selection string
}

// openWindow makes the window's questions and listens for their answers: under
// Acked one for each selection, as the answers of one room say nothing of the
// clients of another, and a probe for each channel that has none.
func (f *flusher) openWindow(reqs []*protocol.Request) (*window, error) {
	listener, _ := driverAs[Listener](f.batch.driver)
	w := &window{listener: listener, reqs: append([]*protocol.Request(nil), reqs...)}
	asked := make(map[batchChannel]bool) // by questions
	last := make(map[batchTarget]int)
	var channels []batchChannel
	var targets []batchTarget
	for i, req := range reqs {
		ch := channelOf(req)
		if _, seen := asked[ch]; !seen {
			asked[ch] = false
			channels = append(channels, ch)
		}
		if !f.batch.config.acked || !canAsk(req) {
			continue
		}
		t := batchTarget{ch, selectionKey(&req.Opts)}
		if _, seen := last[t]; !seen {
			targets = append(targets, t)
		}
		last[t], asked[ch] = i, true
	}
	w.checks = make([]windowCheck, 0, len(targets)+len(channels)) // its elements are pointed to
	for _, t := range targets {
		if err := w.add(f, t.batchChannel, last[t]); err != nil {
			w.close()
			return nil, err
		}
	}
	for _, ch := range channels {
		if asked[ch] {
			continue
		}
		if err := w.add(f, ch, -1); err != nil {
			w.close()
			return nil, err
		}
	}
	return w, nil
}

// canAsk tells whether a request can be turned into a question.
func canAsk(req *protocol.Request) bool {
	return req.Type == protocol.Broadcast && req.Raw == nil && req.Opts.Flags&protocol.FlagVolatile == 0
}

// selectionKey is equal for equal selections.
func selectionKey(o *protocol.Opts) string {
	return fmt.Sprintf("%d %s %q %q", o.Flags, o.Sid, o.Rooms, o.Except)
}

// add closes a channel: by the event at, turned into a question, or, where at is
// negative, by a probe.
func (w *window) add(f *flusher, ch batchChannel, at int) error {
	e := Emitter{core: &core{maxMessage: DefaultMaxMessage}, route: newRoute(f.batch.driver), prefix: ch.prefix, namespace: ch.namespace, server: ch.server}
	check := windowCheck{emitter: e, at: at}
	if at < 0 {
		check.at = len(w.reqs)
		w.reqs = append(w.reqs, e.probeRequest())
	} else {
		asked := *w.reqs[at]
		asked.Type, asked.Count = protocol.BroadcastWithAck, true
		w.reqs[at] = &asked
	}
	w.checks = append(w.checks, check)
	c := &w.checks[len(w.checks)-1]
	c.q = e.newQuestion(f.ctx, e.patience(at >= 0 || f.batch.config.askOnce), c.accept())
	if err := c.q.listen(&route{driver: f.batch.driver, listener: w.listener}, w.reqs[c.at]); err != nil {
		c.q.end(err)
		return err
	}
	return nil
}

// patience is how long the first question of a channel is waited for: long where it is the
// only one or waits for clients, and a probe longer where it has to collect who is there.
func (e *Emitter) patience(long bool) time.Duration {
	switch r := e.route.rosterer; {
	case long:
		return answerWait + ackSlack
	case r != nil && e.server == "" && r.Roster(e.prefix, e.namespace).all() == nil:
		return collectTime + probeWait
	}
	return probeWait
}

// accept counts what a question announces and gets.
func (c *windowCheck) accept() func(*protocol.Response) int {
	left := make(map[protocol.ID]int)
	return func(res *protocol.Response) int {
		switch res.Kind {
		case protocol.KindAckCount:
			left[res.Server] += res.Count
			return res.Count
		case protocol.KindAck:
			if left[res.Server] == 0 {
				return 0
			}
			left[res.Server]--
			switch res.Ack.Err {
			case protocol.AckTimedOut:
				c.late++
			case protocol.AckSocketFull:
				c.full++
			}
			return -1
		}
		return 0
	}
}

func (e *Emitter) probeRequest() *protocol.Request {
	p := e.probing(e.server)
	var o operation
	p.address(&o, protocol.AllRooms)
	o.req.Count = true
	return &o.req
}

// wait waits until every channel's question is answered. servers and errs are what
// SendAll said of w.reqs.
func (w *window) wait(f *flusher, servers []int, errs []error) error {
	for i := range w.checks {
		c := &w.checks[i]
		switch {
		case errs[c.at] != nil:
			c.q.end(errs[c.at])
		case c.q.roster.emptyLately():
			c.q.end(c.q.none)
		default:
			c.q.expect(servers[c.at])
		}
	}
	for i := range w.checks {
		c := &w.checks[i]
		err := c.q.wait()
		if err != nil && !f.batch.config.askOnce {
			err = c.again(f.ctx, err)
		}
		if err != nil && !errors.Is(err, ErrNoServers) {
			return fmt.Errorf("the window of the last requests was sent, but not every server said so: %w", err)
		}
		if c.full > 0 {
			f.late = refuse(ErrSocketFull, "the last event of a window was lost in clients' queues, and others may have been; let the windows of all senders together hold no more than 100 events")
		} else if c.late > 0 && f.late == nil {
			f.late = refuse(ErrAckTimeout, "clients did not answer the last event of a window, so that their queues may have lost events; let them answer, or use Window")
		}
	}
	return nil
}

// again probes a channel whose first question got no answer in time: a full queue
// may have dropped it.
func (c *windowCheck) again(ctx context.Context, err error) error {
	if !errors.Is(err, ErrTimeout) || ctx.Err() != nil {
		return err
	}
	probe := c.emitter.probing(c.emitter.server)
	q, err := probe.start(ctx, protocol.AllRooms, func(*protocol.Response) bool { return false })
	if err != nil {
		return err
	}
	return q.wait()
}

// close ends the questions that are still open.
func (w *window) close() {
	for i := range w.checks {
		if q := w.checks[i].q; q != nil {
			q.end(ErrClosed)
		}
	}
}

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
// the last event on that channel turned into a question.
type window struct {
	listener Listener
	reqs     []*protocol.Request
	checks   []windowCheck
}

// windowCheck is the question that closes one channel.
type windowCheck struct {
	emitter Emitter // reaches the channel
	q       *question
	at      int // of its request in window.reqs
	late    int // acks that did not come, of a question under Acked
}

type batchChannel struct{ prefix, namespace, server string }

func channelOf(req *protocol.Request) batchChannel {
	return batchChannel{req.Prefix, req.Namespace, req.Server}
}

// openWindow makes the window's questions and listens for their answers.
func (f *flusher) openWindow(reqs []*protocol.Request) (*window, error) {
	listener, _ := driverAs[Listener](f.batch.driver)
	w := &window{listener: listener, reqs: append([]*protocol.Request(nil), reqs...)}
	last := make(map[batchChannel]int) // the last request on each channel that can be a question; -1: none can
	var order []batchChannel
	for i, req := range reqs {
		ch := channelOf(req)
		if _, seen := last[ch]; !seen {
			last[ch] = -1
			order = append(order, ch)
		}
		if f.batch.config.acked && req.Type == protocol.Broadcast && req.Raw == nil && req.Opts.Flags&protocol.FlagVolatile == 0 {
			last[ch] = i
		}
	}
	w.checks = make([]windowCheck, 0, len(order)) // its elements are pointed to
	for _, ch := range order {
		if err := w.add(f, ch, last[ch]); err != nil {
			w.close()
			return nil, err
		}
	}
	return w, nil
}

// add closes one channel: by the event at, turned into a question, or by a probe.
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
	c.q = e.newQuestion(f.ctx, w.patience(at), c.accept())
	if err := c.q.listen(f.ctx, &route{driver: f.batch.driver, listener: w.listener}, w.reqs[c.at]); err != nil {
		c.q.end(err)
		return err
	}
	return nil
}

// patience is how long the first question of a channel is waited for.
func (w *window) patience(at int) time.Duration {
	if at < 0 {
		return probeWait
	}
	return answerWait + ackSlack
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
			if res.Ack.Err == protocol.AckTimedOut {
				c.late++
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
		if errs[c.at] != nil {
			c.q.end(errs[c.at])
		} else {
			c.q.expect(servers[c.at])
		}
	}
	for i := range w.checks {
		c := &w.checks[i]
		err := c.q.wait()
		if err != nil && !errors.Is(err, ErrNoServers) {
			err = c.again(f.ctx, err)
		}
		if err != nil && !errors.Is(err, ErrNoServers) {
			return fmt.Errorf("the window of the last requests was sent, but not every server said so: %w", err)
		}
		if c.late > 0 {
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

package answers

import (
	"context"
	"fmt"
	"time"

	"github.com/sioxide/emitter"
)

// Pauses between attempts at a subscription, doubled each time. A question that
// comes ends them.
const (
	firstPause = 50 * time.Millisecond
	maxPause   = 2 * time.Second
)

// A channel may be redirected some times while its slot moves.
const (
	maxRedirects  = 8
	redirectPause = 10 * time.Millisecond // before the second one; doubled each time
)

// subscription keeps one channel subscribed for as long as it is in use. It is
// driven by run, a goroutine of its own.
type subscription struct {
	listener *Listener
	channel  string
	ctx      context.Context // ends when it is released, or with the listener
	cancel   context.CancelFunc
	hurry    chan struct{} // has an element when a question came during a pause
	ended    chan error    // has an element when the subscription is no more

	// Under listener.mu.
	users   int
	since   time.Time   // without users
	idle    *time.Timer // nil: not running
	proven  bool        // it was subscribed once
	attempt *attempt    // the last one, if it succeeded, otherwise the next
}

// attempt is what questions wait for.
type attempt struct {
	done chan struct{}
	err  error // set when done is closed
}

func newAttempt() *attempt { return &attempt{done: make(chan struct{})} }

func newSubscription(l *Listener, channel string) *subscription {
	s := &subscription{
		listener: l, channel: channel, attempt: newAttempt(),
		hurry: make(chan struct{}, 1), ended: make(chan error, 1),
	}
	s.ctx, s.cancel = context.WithCancel(l.ctx)
	return s
}

// stopIdling is called under listener.mu.
func (s *subscription) stopIdling() {
	if s.idle != nil {
		s.idle.Stop()
		s.idle = nil
	}
}

// ready returns once the channel is subscribed, or the attempt at it has failed.
func (s *subscription) ready(ctx context.Context) error {
	s.listener.mu.Lock()
	a := s.attempt
	s.listener.mu.Unlock()
	select {
	case <-a.done:
		return a.err
	default:
	}
	select {
	case s.hurry <- struct{}{}:
	default:
	}
	t := time.NewTimer(attemptTime)
	defer t.Stop()
	select {
	case <-a.done:
		if a.err != nil && s.listener.ctx.Err() != nil {
			return emitter.ErrClosed
		}
		return a.err
	case <-s.listener.ctx.Done():
		return emitter.ErrClosed
	case <-ctx.Done():
		return fmt.Errorf("not confirmed yet: %w", ctx.Err())
	case <-t.C:
		return fmt.Errorf("%w: not confirmed within %v", emitter.ErrTimeout, attemptTime)
	}
}

// run subscribes, and does so again whenever the subscription is lost.
func (s *subscription) run() {
	defer s.cancel()
	var (
		lost  time.Time // zero: it was not
		pause = firstPause
	)
	for s.ctx.Err() == nil {
		link, err := s.subscribe()
		if err != nil {
			s.listener.log.Debug("emitter: subscription failed", "channel", s.channel, "error", err)
			s.settle(err)
			if !s.rest(pause) {
				return
			}
			pause = min(2*pause, maxPause)
			continue
		}
		if !lost.IsZero() {
			s.listener.log.Info("emitter: subscription restored", "channel", s.channel, "after", time.Since(lost))
		}
		s.settle(nil)
		err = s.hold()
		if s.ctx.Err() != nil {
			if s.listener.ctx.Err() == nil { // otherwise the connection is closed anyway
				link.unsubscribe(s)
			}
			link.release()
			return
		}
		s.unsettle()
		link.release()
		lost, pause = time.Now(), firstPause
		s.listener.log.Warn("emitter: subscription lost: answers are missed until it is restored", "channel", s.channel, "error", err)
	}
}

// hold returns what ended the subscription, nil when it is not needed any more.
func (s *subscription) hold() error {
	select {
	case err := <-s.ended:
		return err
	case <-s.ctx.Done():
		return nil
	}
}

// rest waits before the next attempt; it is false when there is none.
func (s *subscription) rest(pause time.Duration) bool {
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.hurry:
	case <-s.ctx.Done():
		return false
	}
	return true
}

// settle tells those who wait what became of the attempt.
func (s *subscription) settle(err error) {
	l := s.listener
	l.mu.Lock()
	defer l.mu.Unlock()
	a := s.attempt
	a.err = err
	close(a.done)
	if err != nil {
		s.attempt = newAttempt()
		return
	}
	s.proven = true
}

// unsettle has those who come wait for the next attempt.
func (s *subscription) unsettle() {
	l := s.listener
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-s.attempt.done:
		s.attempt = newAttempt()
	default:
	}
}

// subscribe makes one attempt, which follows the channel where it is redirected to.
func (s *subscription) subscribe() (*link, error) {
	l := s.listener
	// Not s.ctx: it would end the connection for others when this one is released.
	ctx, cancel := context.WithTimeout(l.ctx, attemptTime)
	defer cancel()
	select {
	case <-s.hurry:
	default:
	}
	pause := redirectPause
	for redirects := 0; ; redirects++ {
		link, err := l.links.subscribe(ctx, s)
		if err == nil || redirects == maxRedirects || !l.client.Redirected(ctx, err) {
			return link, err
		}
		if redirects > 0 {
			if !sleep(ctx, pause) {
				return nil, err
			}
			pause *= 2
		}
	}
}

// sleep is false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// end notes that the subscription is no more: from its return on nobody takes it
// for live.
func (s *subscription) end(err error) {
	s.unsettle()
	select {
	case s.ended <- err:
	default: // it is known already
	}
}

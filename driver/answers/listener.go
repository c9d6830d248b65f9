package answers

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

const (
	maxSubscriptions = 1000
	idleTime         = 5 * time.Minute
	attemptTime      = 5 * time.Second // of subscribing, with all that it takes
	closeTime        = time.Second     // of Close, for connections that do not answer
)

// Listener keeps the subscriptions of one driver. It is safe for concurrent use.
type Listener struct {
	client Client
	log    *slog.Logger
	inbox  emitter.Inbox
	links  links

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	wg     sync.WaitGroup // of subscription.run

	mu     sync.Mutex
	subs   map[string]*subscription // by channel
	closed bool

	malformed, unknown atomic.Int64 // messages dropped
}

// New makes a Listener. A nil logger is silent.
func New(client Client, logger *slog.Logger) *Listener {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	l := &Listener{client: client, log: logger, subs: make(map[string]*subscription)}
	l.links = links{listener: l, byName: make(map[any]*link)}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	return l
}

// Listen returns once channel is subscribed, and gives each answer to the request
// id to sink until stop is called. It ends with ctx, and after 5 s in any case. Its
// error is marked by emitter.NotSent, and nothing is left of the call then.
func (l *Listener) Listen(ctx context.Context, channel string, id protocol.ID, sink func(protocol.Response)) (stop func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, emitter.NotSent(err)
	}
	remove, err := l.inbox.Add(id, sink)
	if err != nil {
		return nil, emitter.NotSent(err)
	}
	s, isNew, err := l.enter(channel)
	if err == nil {
		stop = sync.OnceFunc(func() {
			remove()
			l.leave(s)
		})
		if err = s.ready(ctx); err != nil && !isNew && ctx.Err() == nil {
			err = s.ready(ctx) // what failed may have begun before this question came
		}
		if err == nil {
			return stop, nil
		}
		stop()
	}
	remove()
	return nil, emitter.NotSent(fmt.Errorf("subscribe to %q: %w", channel, err))
}

// Close ends all subscriptions, and every question that waits with
// emitter.ErrClosed. It may be called again.
func (l *Listener) Close() {
	l.mu.Lock()
	l.closed = true
	for _, s := range l.subs {
		s.stopIdling()
	}
	l.mu.Unlock()
	l.inbox.Close()
	l.cancel()
	ended := make(chan struct{})
	go func() {
		l.wg.Wait()
		close(ended)
	}()
	t := time.NewTimer(closeTime)
	defer t.Stop()
	select {
	case <-ended:
	case <-t.C: // the client's own timeouts end the rest
	}
}

// enter counts one more user of the subscription to channel, which it makes where
// there is none.
func (l *Listener) enter(channel string) (s *subscription, isNew bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, false, emitter.ErrClosed
	}
	s = l.subs[channel]
	isNew = s == nil
	if isNew {
		if len(l.subs) >= maxSubscriptions && !l.evict() {
			return nil, false, fmt.Errorf("questions wait on %d channels already, which is the most; ask in fewer namespaces at once", maxSubscriptions)
		}
		s = newSubscription(l, channel)
		l.subs[channel] = s
		l.wg.Go(s.run)
	}
	s.users++
	return s, isNew, nil
}

// evict removes the subscription that has been idle for longest, if there is one.
func (l *Listener) evict() bool {
	var oldest *subscription
	for _, s := range l.subs {
		if s.users == 0 && (oldest == nil || s.since.Before(oldest.since)) {
			oldest = s
		}
	}
	if oldest != nil {
		l.remove(oldest)
	}
	return oldest != nil
}

// leave counts one user less. A subscription that never came about is not kept.
func (l *Listener) leave(s *subscription) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.users--
	if s.users > 0 || l.closed || l.subs[s.channel] != s {
		return
	}
	if !s.proven {
		l.remove(s)
		return
	}
	s.since = time.Now()
	if s.idle == nil {
		s.idle = time.AfterFunc(idleTime, func() { l.expire(s) })
	}
}

// expire removes a subscription that has been idle for long enough. Its timer runs
// on while questions come and go.
func (l *Listener) expire(s *subscription) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch left := idleTime - time.Since(s.since); {
	case l.closed || l.subs[s.channel] != s:
	case s.users > 0:
		s.idle = nil
	case left > 0:
		s.idle.Reset(left)
	default:
		l.remove(s)
	}
}

func (l *Listener) remove(s *subscription) {
	delete(l.subs, s.channel)
	s.stopIdling()
	s.cancel()
}

// decode delivers a message. Anybody may publish on the channel: what is malformed
// is dropped.
func (l *Listener) decode(data []byte) {
	res, err := protocol.DecodeAddressedResponse(data)
	if err != nil {
		l.dropped(&l.malformed, "malformed", err)
		return
	}
	l.deliver(res)
}

// deliver hands an answer to its question. What answers no question is dropped.
func (l *Listener) deliver(res *protocol.Response) {
	if !l.inbox.Deliver(*res) {
		l.dropped(&l.unknown, "of no question that waits", nil)
	}
}

// dropped counts a message, and tells each time that the count has doubled, so that
// a flood does not flood the log.
func (l *Listener) dropped(counter *atomic.Int64, why string, err error) {
	if n := counter.Add(1); n&(n-1) == 0 {
		l.log.Debug("emitter: answers dropped", "why", why, "total", n, "error", err)
	}
}

package answers

import (
	"context"
	"errors"
	"sync"

	"github.com/sioxide/emitter/protocol"
)

// links are the connections in use.
type links struct {
	listener *Listener

	mu     sync.Mutex
	byName map[any]*link
}

// link is one connection and the subscriptions that it carries.
type link struct {
	links  *links
	name   any
	dialed chan struct{} // closed when conn or err is set
	conn   Conn
	err    error
	turn   chan struct{} // has an element while Subscribe or Unsubscribe runs
	users  int           // under links.mu

	mu       sync.Mutex
	channels map[string]*subscription
	lost     error // nil: not lost
}

var _ Events = (*link)(nil)

// subscribe subscribes to the channel of s. The caller releases the link that is
// returned. A failure may be the first sign that a link is lost, also one that the
// client had in a pool: then a new one is tried.
func (ls *links) subscribe(ctx context.Context, s *subscription) (*link, error) {
	name, err := ls.listener.client.Route(ctx, s.channel)
	if err != nil {
		return nil, err
	}
	for range maxLost {
		var l *link
		if l, err = ls.join(ctx, name); err != nil {
			return nil, err
		}
		if err = l.subscribe(ctx, s); err == nil {
			return l, nil
		}
		l.release()
		if ctx.Err() != nil || !l.isLost() {
			break
		}
	}
	return nil, err
}

// maxLost is how many links in a row may be lost before an attempt has failed.
const maxLost = 3

// join returns the link of that name, dialed by whoever comes first.
func (ls *links) join(ctx context.Context, name any) (*link, error) {
	ls.mu.Lock()
	l := ls.byName[name]
	first := l == nil
	if first {
		l = &link{
			links: ls, name: name, dialed: make(chan struct{}), turn: make(chan struct{}, 1),
			channels: make(map[string]*subscription),
		}
		ls.byName[name] = l
	}
	l.users++
	ls.mu.Unlock()
	if first {
		if l.conn, l.err = ls.listener.client.Dial(ctx, name, l); l.err != nil {
			l.conn = nil // a Client may return a nil pointer, which is not nil here
			ls.forget(l)
		}
		close(l.dialed)
	}
	select {
	case <-l.dialed:
		if l.err != nil {
			return nil, l.err
		}
		return l, nil
	case <-ctx.Done():
		l.release()
		return nil, ctx.Err()
	}
}

// forget has those who come dial anew.
func (ls *links) forget(l *link) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if ls.byName[l.name] == l {
		delete(ls.byName, l.name)
	}
}

// release closes the connection when nobody uses it any more.
func (l *link) release() {
	ls := l.links
	ls.mu.Lock()
	l.users--
	last := l.users == 0
	if last && ls.byName[l.name] == l {
		delete(ls.byName, l.name)
	}
	ls.mu.Unlock()
	if last && l.conn != nil {
		l.conn.Close()
	}
}

func (l *link) subscribe(ctx context.Context, s *subscription) error {
	if err := l.take(ctx); err != nil {
		return err
	}
	defer l.yield()
	select {
	case <-s.ended: //nolint:errcheck // what ended an earlier connection
	default:
	}
	l.mu.Lock()
	lost := l.lost
	if lost == nil {
		l.channels[s.channel] = s
	}
	l.mu.Unlock()
	if lost != nil {
		return lost
	}
	err := l.conn.Subscribe(ctx, s.channel)
	if err != nil {
		l.drop(s)
		l.doubt(ctx, err)
	}
	return err
}

// unsubscribe ends the subscription of s, unless another one to the same channel
// has taken its place.
func (l *link) unsubscribe(s *subscription) {
	ctx, cancel := context.WithTimeout(l.links.listener.ctx, attemptTime)
	defer cancel()
	if l.take(ctx) != nil {
		return
	}
	defer l.yield()
	if !l.drop(s) {
		return
	}
	if err := l.conn.Unsubscribe(ctx, s.channel); err != nil {
		l.doubt(ctx, err)
	}
}

// take waits for its turn to change what is subscribed.
func (l *link) take(ctx context.Context) error {
	select {
	case l.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *link) yield() { <-l.turn }

// drop tells whether s was on the link.
func (l *link) drop(s *subscription) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.channels[s.channel] != s {
		return false
	}
	delete(l.channels, s.channel)
	return true
}

// doubt gives the connection up when it did not answer in time: what is subscribed
// on it is not known any more.
func (l *link) doubt(ctx context.Context, err error) {
	if ctx.Err() != nil {
		l.Lost(err)
	}
}

// Message implements Events.
func (l *link) Message(data []byte) { l.links.listener.decode(data) }

// Response implements Events.
func (l *link) Response(res *protocol.Response) { l.links.listener.deliver(res) }

// Ended implements Events.
func (l *link) Ended(channel string, err error) {
	l.mu.Lock()
	s := l.channels[channel]
	delete(l.channels, channel)
	l.mu.Unlock()
	if s != nil {
		s.end(err)
	}
}

func (l *link) isLost() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lost != nil
}

var errLost = errors.New("the connection is closed")

// Lost implements Events.
func (l *link) Lost(err error) {
	if err == nil {
		err = errLost
	}
	l.links.forget(l)
	l.mu.Lock()
	subs := l.channels
	l.channels = make(map[string]*subscription)
	if l.lost == nil {
		l.lost = err
	}
	l.mu.Unlock()
	for _, s := range subs {
		s.end(err)
	}
}

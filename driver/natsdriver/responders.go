package natsdriver

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/nats-io/nats.go"
)

// responders hears from NATS that nobody listens on a subject: a message with a reply
// subject that has no subscriber is answered by status 503, before the PONG that
// follows it.
type responders struct {
	conn  *nats.Conn
	heard chan *nats.Msg // has room for the replies to all parts that wait

	mu      sync.Mutex
	sub     *nats.Subscription // nil: not needed yet, or not possible
	inbox   string             // of sub, with a dot at its end
	tried   bool
	closed  bool
	last    uint64 // number of the last reply subject
	waiting map[string]*bool
}

func newResponders(conn *nats.Conn) *responders {
	return &responders{
		conn: conn, heard: make(chan *nats.Msg, maxParts*maxPartRequests), waiting: make(map[string]*bool),
	}
}

// expect gives reply subjects to the calls whose servers are counted, and refuses those
// of which NATS must tell and can't. The caller calls settle when the PONG has come, or
// will not.
func (r *responders) expect(ctx context.Context, calls []call) (settle func()) {
	if !slices.ContainsFunc(calls, func(c call) bool { return c.count != nothing }) {
		return func() {}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	can := r.conn.HeadersSupported() && r.subscribe(ctx)
	for i := range calls {
		switch c := &calls[i]; {
		case c.count == nothing || c.err != nil:
		case can:
			r.last++
			c.reply = r.inbox + strconv.FormatUint(r.last, 36)
			r.waiting[c.reply] = &c.nobody
		case c.count == counting:
			c.err = notSent(c.target, errNoCount)
		}
	}
	return func() { r.settle(calls) }
}

// settle takes what has come.
func (r *responders) settle(calls []call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for more := true; more; {
		select {
		case m := <-r.heard:
			if nobody := r.waiting[m.Subject]; nobody != nil && m.Header.Get("Status") == "503" {
				*nobody = true
			}
		default:
			more = false
		}
	}
	for i := range calls {
		delete(r.waiting, calls[i].reply)
	}
}

// subscribe tells whether there is a subscription: the user may not be allowed one.
func (r *responders) subscribe(ctx context.Context) bool {
	if r.tried || r.closed {
		return r.sub != nil
	}
	inbox, before := r.conn.NewInbox(), r.conn.LastError()
	sub, err := r.conn.ChanSubscribe(inbox+".*", r.heard)
	if err != nil {
		return false
	}
	if err := r.conn.FlushWithContext(ctx); err != nil {
		_ = sub.Unsubscribe()
		return false
	}
	r.tried = true
	if err := r.conn.LastError(); err != nil && err != before && strings.Contains(err.Error(), strconv.Quote(inbox+".*")) { //nolint:errorlint // whether it is the very same
		_ = sub.Unsubscribe()
		return false
	}
	r.sub, r.inbox = sub, inbox+"."
	return true
}

func (r *responders) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	if r.sub != nil {
		_ = r.sub.Unsubscribe()
		r.sub = nil
	}
}

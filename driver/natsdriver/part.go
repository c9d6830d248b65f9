package natsdriver

import (
	"context"
	"errors"
	"sync"

	"github.com/nats-io/nats.go"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// part is what goes in one round trip: its messages, and a PING behind them. The
// server's PONG says that it has taken them all, if the connection is still the same.
// When the caller's context ends first, part and buffer are left to the collector.
type part struct {
	sender *sender
	calls  []call
	buf    []byte // wire forms, of requests that bring none
	done   chan struct{}

	mu        sync.Mutex
	published int  // calls that were given to the client; those behind were not
	dropped   bool // no more may be

	// Set by run, and read when it is done.
	rejected error // why the client did not take the call at published
	lost     error // why it is not known what became of those published
	refusal  error // the server's, of one of them
}

// call is one message.
type call struct {
	at     int // place of the request among all
	target *target
	data   []byte
	count  count
	reply  string // where NATS says that nobody listens
	nobody bool   // it has said so

	servers int
	err     error
}

// count is what of the servers' number must be known.
type count uint8

const (
	nothing  count = iota
	asking         // whether there are any, if NATS tells
	counting       // whether there are any
)

var parts = sync.Pool{New: func() any { return &part{done: make(chan struct{}, 1)} }}

// fill takes requests from at on that have no error, and returns the place of the
// first one that is left.
func (p *part) fill(reqs []*protocol.Request, errs []error, at int) int {
	size, apart := 0, false
	for ; at < len(reqs) && len(p.calls) < maxPartRequests; at++ {
		if errs[at] != nil {
			continue
		}
		req := reqs[at]
		t := p.sender.targets.of(req)
		if t.err != nil {
			errs[at] = emitter.NotSent(t.err)
			continue
		}
		n := len(req.Raw)
		if req.Raw == nil {
			n = req.MsgpackLen()
		}
		isApart := p.sender.isApart(t.subject)
		if len(p.calls) > 0 {
			other := t.subject != p.calls[0].target.subject
			if size+n > maxPartBytes || other && (isApart || apart) {
				break
			}
		}
		size, apart = size+n, isApart
		p.add(req, at, t)
	}
	return at
}

func (p *part) add(req *protocol.Request, at int, t *target) {
	data := req.Raw
	if data == nil {
		from := len(p.buf)
		p.buf = req.AppendMsgpack(p.buf)
		data = p.buf[from:len(p.buf):len(p.buf)]
	}
	c := call{at: at, target: t, data: data, servers: -1}
	if req.Type.IsAnswered() {
		c.count = asking
	} else if req.Count {
		c.count = counting
	}
	p.calls = append(p.calls, c)
}

func (p *part) release() {
	clear(p.calls)
	p.sender, p.calls, p.buf = nil, p.calls[:0], p.buf[:0]
	p.published, p.dropped, p.rejected, p.lost, p.refusal = 0, false, nil, nil, nil
	if cap(p.buf) <= maxPooledWire {
		parts.Put(p)
	}
}

// send returns what keeps the rest from being sent, if anything does. The client does
// not heed a context while it writes, so that a goroutine of its own publishes.
func (p *part) send(ctx context.Context) (broken error) {
	if len(p.calls) == 0 {
		return nil
	}
	s := p.sender
	limited, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	select {
	case s.slots <- struct{}{}:
	case <-limited.Done():
		err := s.ended(ctx, limited.Err())
		p.fail(err)
		return err
	}
	calls := p.calls
	go func() {
		p.run(limited, calls)
		<-s.slots
		p.done <- struct{}{}
	}()
	select {
	case <-p.done:
	case <-limited.Done():
		select {
		case <-p.done:
		default:
			return p.abandon(s.ended(ctx, limited.Err()))
		}
	}
	p.lost = s.ended(ctx, p.lost)
	return p.judge()
}

// run publishes and waits for the PONG. It is all that may use the client, which
// keeps its lock while it writes.
func (p *part) run(ctx context.Context, calls []call) {
	conn := p.sender.conn
	if p.rejected = connected(conn); p.rejected != nil {
		return
	}
	before, connection := conn.LastError(), conn.Stats().Reconnects
	p.sender.check(calls)
	defer p.sender.responders.expect(ctx, calls)()
	if !p.publish(conn, calls) {
		return
	}
	if p.lost = confirm(ctx, conn, connection); p.lost != nil {
		return
	}
	if err := conn.LastError(); err != before && errors.Is(err, nats.ErrPermissionViolation) { //nolint:errorlint // whether it is the very same
		p.refusal = err
	}
}

// confirm waits for the PONG behind what was published on a connection, known by how
// many there were before. That of a later one says nothing: the client has thrown away
// what it had not written.
func confirm(ctx context.Context, conn *nats.Conn, connection uint64) error {
	if connected(conn) != nil {
		return errLost
	}
	if err := conn.FlushWithContext(ctx); err != nil {
		return err
	}
	if conn.Stats().Reconnects != connection {
		return errLost
	}
	return nil
}

// publish tells whether there is anything to wait for.
func (p *part) publish(conn *nats.Conn, calls []call) bool {
	for i := range calls {
		if p.rejected = connected(conn); p.rejected != nil {
			return i > 0
		}
		if !p.next() {
			return false
		}
		c := &calls[i]
		if c.err != nil {
			continue
		}
		var err error
		if c.reply != "" {
			err = conn.PublishRequest(c.target.subject, c.reply, c.data)
		} else {
			err = conn.Publish(c.target.subject, c.data)
		}
		switch {
		case err == nil:
		case isRejection(err):
			p.takeBack()
			p.rejected = err
			return i > 0
		default: // a write failed, of this message or of those before it
			p.lost = err
			return false
		}
	}
	return true
}

// next claims the next call, unless the caller has gone.
func (p *part) next() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dropped {
		return false
	}
	p.published++
	return true
}

func (p *part) takeBack() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.published--
}

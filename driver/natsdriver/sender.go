package natsdriver

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// sender publishes on a connection, each call a round trip of its own. A Driver puts a
// Coalescer before it.
type sender struct {
	conn       *nats.Conn
	targets    targets
	responders *responders
	patience   time.Duration // the most that the server may take for its answer
	slots      chan struct{} // has an element for each part that the client has

	mu      sync.Mutex
	refused map[string]struct{} // subjects that the server has refused
}

var _ emitter.BulkDriver = (*sender)(nil)

// maxPatience is that of nats.go's own Flush.
const maxPatience = 10 * time.Second

// newSender: what waits for less than the client's FlusherTimeout can't take for sent
// what the client threw away when that had passed.
func newSender(conn *nats.Conn) *sender {
	s := &sender{
		conn: conn, responders: newResponders(conn), patience: maxPatience,
		slots: make(chan struct{}, maxParts), refused: make(map[string]struct{}),
	}
	if t := conn.Opts.FlusherTimeout; t > 0 {
		s.patience = min(s.patience, t*9/10)
	}
	return s
}

// Limits of one round trip: of the requests, so that their replies fit what responders
// keeps, and of the bytes, unless a single request has more.
const (
	maxPartRequests = 1024
	maxPartBytes    = 1 << 20
)

// maxParts is how many parts the client may have at once, also of callers that have
// gone: it may keep one for as long as its FlusherTimeout.
const maxParts = 8

// Send publishes one request.
func (s *sender) Send(ctx context.Context, req *protocol.Request) (int, error) {
	var (
		reqs    = [1]*protocol.Request{req}
		servers [1]int
		errs    [1]error
	)
	s.sendAll(ctx, reqs[:], servers[:], errs[:])
	return servers[0], errs[0]
}

// SendAll publishes reqs.
func (s *sender) SendAll(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) error {
	clear(errs[:len(reqs)])
	s.sendAll(ctx, reqs, servers, errs)
	return errOf(errs[:len(reqs)])
}

// sendAll sends what has no error yet, in parts. After a failure that is not the
// server's answer to one request the rest is not sent.
func (s *sender) sendAll(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) {
	var broken error
	for at := 0; at < len(reqs); {
		p := parts.Get().(*part)
		p.sender = s
		at = p.fill(reqs, errs, at)
		if broken == nil {
			broken = p.send(ctx)
		} else {
			p.fail(broken)
		}
		for i := range p.calls {
			c := &p.calls[i]
			servers[c.at], errs[c.at] = c.servers, c.err
		}
		if broken == nil {
			p.release()
		}
	}
	for i, err := range errs[:len(reqs)] {
		if err != nil {
			servers[i] = -1
		}
	}
}

// check finds what the server would not take.
func (s *sender) check(calls []call) {
	most := s.conn.MaxPayload()
	for i := range calls {
		if c := &calls[i]; int64(len(c.data)) > most {
			c.err = notSent(c.target, fmt.Errorf("%w: %d bytes, and the server takes %d: send less, or raise max_payload in nats-server's configuration", emitter.ErrTooLarge, len(c.data), most))
		}
	}
}

// isApart tells whether a subject was refused: its requests go apart from others, as
// nats.go tells of the last refusal only.
func (s *sender) isApart(subject string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.refused[subject]
	return ok
}

// maxRefused bounds the subjects that are remembered.
const maxRefused = 1024

func (s *sender) noteRefused(subject string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.refused) >= maxRefused {
		clear(s.refused)
	}
	s.refused[subject] = struct{}{}
}

func (s *sender) noteTaken(subject string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.refused, subject)
}

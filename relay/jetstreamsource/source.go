package jetstreamsource

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/relay"
)

var _ relay.Source = (*Source)(nil)

// Source reads a stream beside other relays.
type Source struct {
	js     jetstream.JetStream
	name   string // of the stream
	id     string // of this source among the relays
	config config

	stream    jetstream.Stream // nil until the first Fetch
	subjects  []string
	deadFound bool
	reader    *reader
	leases    *leases

	mu      sync.Mutex
	claims  map[string]*claim // by subject
	moved   int               // counts what makes a reader stale
	changed chan struct{}     // holds one when Fetch should look again
	closed  bool
}

// New makes a source of a stream, which must be there when Fetch is called first.
// Nothing is sent yet. The connection of js must outlive the source and is never
// closed by it.
func New(js jetstream.JetStream, stream string, options ...Option) *Source {
	c := config{bucket: stream + "-relays"}
	for _, o := range options {
		if o != nil {
			o.apply(&c)
		}
	}
	return &Source{js: js, name: stream, id: nuid.Next(), config: c, claims: make(map[string]*claim), changed: make(chan struct{}, 1)}
}

func prefixed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("jetstreamsource: %w", err)
}

func (s *Source) wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return prefixed(fmt.Errorf("%s stream %q: %w", what, s.name, err))
}

// Fetch is relay.Source's.
func (s *Source) Fetch(ctx context.Context, most, bytes int) ([]relay.Message, error) {
	messages, err := s.fetch(ctx, most, bytes)
	return messages, s.wrap("fetch from", err)
}

func (s *Source) fetch(ctx context.Context, most, bytes int) ([]relay.Message, error) {
	if most < 1 {
		return nil, fmt.Errorf("at most %d messages were asked for", most)
	}
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	for {
		if err := s.alive(); err != nil {
			return nil, err
		}
		if err := s.read(ctx); err != nil {
			return nil, err
		}
		if messages := s.hand(most, bytes); len(messages) > 0 {
			return messages, nil
		}
		select {
		case <-s.changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// begin looks at the stream and takes the first leases.
func (s *Source) begin(ctx context.Context) error {
	if err := s.alive(); err != nil || s.leases != nil {
		return err
	}
	stream, err := s.js.Stream(ctx, s.name)
	if err != nil {
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			err = fmt.Errorf("%w: create it (nats stream add %s --subjects NAME.0,NAME.1,… --defaults)", err, s.name)
		}
		return err
	}
	c := stream.CachedInfo().Config
	base, err := checkStream(c)
	if err != nil {
		return err
	}
	if s.config.dead == "" {
		s.config.dead = base + ".dead"
	}
	l, err := s.openLeases(ctx, c)
	if err != nil {
		return fmt.Errorf("bucket %q of the leases: %w", s.config.bucket, err)
	}
	s.stream, s.subjects = stream, c.Subjects
	l.tick(ctx)
	l.start()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leases = l
	return nil
}

func (s *Source) alive() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return emitter.ErrClosed
	}
	return nil
}

// wake has Fetch look again.
func (s *Source) wake() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// read makes sure that there is a reader of the subjects that are ours.
func (s *Source) read(ctx context.Context) error {
	s.mu.Lock()
	reader, moved, from, subjects := s.reader, s.moved, uint64(0), []string(nil)
	for subject, c := range s.claims {
		if c.over {
			continue
		}
		if subjects = append(subjects, subject); from == 0 || c.next < from {
			from = c.next
		}
	}
	s.mu.Unlock()
	if reader != nil && reader.moved == moved && reader.sound() {
		return nil
	}
	s.endReader()
	if len(subjects) == 0 {
		return nil
	}
	r, err := s.newReader(ctx, moved, from, subjects)
	if err != nil {
		return fmt.Errorf("create a consumer: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		r.stop()
		return emitter.ErrClosed
	}
	s.reader = r
	return nil
}

// endReader stops the reader; Close may come meanwhile.
func (s *Source) endReader() {
	s.mu.Lock()
	r := s.reader
	s.reader = nil
	s.mu.Unlock()
	if r != nil {
		r.stop()
	}
}

// hand gives out what the reader has.
func (s *Source) hand(most, bytes int) []relay.Message {
	s.mu.Lock()
	reader := s.reader
	s.mu.Unlock()
	if reader == nil {
		return nil
	}
	var messages []relay.Message
	size := 0
	for len(messages) < most {
		e := reader.peek()
		if e == nil {
			break
		}
		if n := len(e.msg.Data()); size+n > bytes && len(messages) > 0 {
			break
		}
		reader.drop()
		if m, ok := s.take(e); ok {
			size += len(m.Data)
			messages = append(messages, m)
		}
	}
	return messages
}

// take takes what was read into its claim, unless it is not ours or is there already.
func (s *Source) take(e *entry) (relay.Message, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.claims[e.msg.Subject()]
	if c == nil || c.over || !c.ours(time.Now()) || e.seq < c.next {
		return relay.Message{}, false
	}
	e.claim = c
	c.next = e.seq + 1
	c.pending = append(c.pending, e)
	return relay.Message{Key: keyOf(e.msg), ID: fmt.Sprintf("%s/%d", s.name, e.seq), Data: e.msg.Data(), At: e.at, Ref: e}, true
}

// Release is relay.Source's.
func (s *Source) Release(context.Context) error {
	if err := s.alive(); err != nil {
		return s.wrap("release", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.claims {
		c.release()
	}
	s.moved++
	return nil
}

// Lag is relay.Source's: all that is in the stream.
func (s *Source) Lag(ctx context.Context) (int64, time.Time, error) {
	stream, err := s.js.Stream(ctx, s.name)
	if err != nil {
		return 0, time.Time{}, s.wrap("lag of", err)
	}
	state := stream.CachedInfo().State
	if state.Msgs == 0 {
		return 0, time.Time{}, nil
	}
	return int64(state.Msgs), state.FirstTime, nil //nolint:gosec // a stream has no 2^63 messages
}

// Close gives up the leases, so that others have them at once. What is not settled
// comes again to them.
func (s *Source) Close(ctx context.Context) error {
	s.mu.Lock()
	was, l := s.closed, s.leases
	s.closed = true
	s.mu.Unlock()
	s.endReader()
	if was || l == nil {
		s.wake()
		return nil
	}
	err := l.close(ctx)
	s.wake()
	return s.wrap("give up the leases of", err)
}

package relay_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/emittertest"
	"github.com/sioxide/emitter/protocol"
	"github.com/sioxide/emitter/relay"
)

// store is where messages wait, in memory: what sources of several relays share.
type store struct {
	mu      sync.Mutex
	changed chan struct{} // closed when something is to be had
	all     []*stored
	dead    []relay.Outcome
	fetches int
}

type stored struct {
	msg     relay.Message
	owner   *memory
	settled bool
}

func newStore() *store { return &store{changed: make(chan struct{})} }

func (s *store) put(key, data string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := fmt.Sprintf("m/%d", len(s.all))
	s.all = append(s.all, &stored{msg: relay.Message{Key: key, ID: id, Data: []byte(data), At: time.Now()}})
	s.wake()
}

func (s *store) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// unsettled lists what waits or is claimed.
func (s *store) unsettled() (ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.all {
		if !m.settled {
			ids = append(ids, m.msg.ID)
		}
	}
	return ids
}

func (s *store) claimed() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.all {
		if !m.settled && m.owner != nil {
			n++
		}
	}
	return n
}

func (s *store) reasons() (list []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.dead {
		list = append(list, o.Message.ID+": "+o.Reason)
	}
	return list
}

// memory is a source of one relay.
type memory struct {
	*store
	fail func(call string) error // nil: never; set by failAt
}

func (m *memory) failAt(fail func(call string) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = fail
}

func (m *memory) failing(call string) error {
	m.mu.Lock()
	fail := m.fail
	m.mu.Unlock()
	if fail == nil {
		return nil
	}
	return fail(call)
}

func (m *memory) Fetch(ctx context.Context, most, bytes int) ([]relay.Message, error) {
	if err := m.failing("fetch"); err != nil {
		return nil, err
	}
	for {
		m.mu.Lock()
		m.fetches++
		list := m.claim(most, bytes)
		changed := m.changed
		m.mu.Unlock()
		if len(list) > 0 {
			return list, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (m *memory) claim(most, bytes int) (list []relay.Message) {
	others := make(map[string]bool)
	for _, s := range m.all {
		switch {
		case s.settled || s.owner == m:
		case s.owner != nil:
			others[s.msg.Key] = true
		case len(list) < most && bytes > 0 && (s.msg.Key == "" || !others[s.msg.Key]):
			s.owner = m
			bytes -= len(s.msg.Data)
			list = append(list, s.msg)
		}
	}
	return list
}

func (m *memory) Settle(_ context.Context, outcomes []relay.Outcome) error {
	if err := m.failing("settle"); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, o := range outcomes {
		i := slices.IndexFunc(m.all, func(s *stored) bool { return s.msg.ID == o.Message.ID })
		if m.all[i].owner != m || m.all[i].settled {
			continue
		}
		m.all[i].settled = true
		if o.Reason != "" {
			m.dead = append(m.dead, o)
		}
	}
	m.wake()
	return nil
}

func (m *memory) Release(context.Context) error {
	if err := m.failing("release"); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.all {
		if s.owner == m && !s.settled {
			s.owner = nil
		}
	}
	m.wake()
	return nil
}

func (m *memory) Lag(context.Context) (int64, time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, oldest := int64(0), time.Time{}
	for _, s := range m.all {
		if !s.settled {
			if n++; n == 1 {
				oldest = s.msg.At
			}
		}
	}
	return n, oldest, nil
}

func (m *memory) Close(ctx context.Context) error { return m.Release(ctx) }

// faulty is a cluster whose backend fails as it is told.
type faulty struct {
	*emittertest.Cluster
	mu      sync.Mutex
	fail    func(req *protocol.Request) error // before it is sent; nil: never
	after   func(req *protocol.Request) error // when it was
	servers func(req *protocol.Request, n int) int
	lose    func(req *protocol.Request) bool // on its way to a server that was counted
	sent    int
}

var errBroken = errors.New("broken connection")

func (f *faulty) Send(ctx context.Context, req *protocol.Request) (int, error) {
	f.mu.Lock()
	fail, after, servers, lose := f.fail, f.after, f.servers, f.lose
	f.sent++
	f.mu.Unlock()
	if fail != nil {
		if err := fail(req); err != nil {
			return -1, err
		}
	}
	if lose != nil && lose(req) {
		return 1, nil
	}
	n, err := f.Cluster.Send(ctx, req)
	if err == nil && after != nil {
		err = after(req)
	}
	if err == nil && servers != nil {
		n = servers(req, n)
	}
	return n, err
}

// SendAll fails as drivers do: what comes after a broken connection is not sent.
func (f *faulty) SendAll(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) error {
	var first error
	for i, req := range reqs {
		if errors.Is(first, errBroken) {
			servers[i], errs[i] = -1, emitter.NotSent(first)
			continue
		}
		servers[i], errs[i] = f.Send(ctx, req)
		if first == nil {
			first = errs[i]
		}
	}
	return first
}

func (f *faulty) set(change func(*faulty)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

// run runs a relay until the returned stop, which waits for its end.
func run(t testing.TB, r *relay.Relay) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Errorf("Run: %v", err)
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

func event(name, id string) string {
	if id != "" {
		id = `"id":"` + id + `",`
	}
	return `{` + id + `"op":"emit","event":"` + name + `"}`
}

// names are the events that a socket received.
func names(s *emittertest.Socket) (list []string) {
	for _, e := range s.Received() {
		list = append(list, e.Name)
	}
	return list
}

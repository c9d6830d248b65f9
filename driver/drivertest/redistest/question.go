package redistest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// closingListener is what drivers of Redis are.
type closingListener interface {
	emitter.Listener
	Close() error
}

// listener makes a driver that is closed with the test, before its client.
func listener(t testing.TB, newDriver Maker, s Setting) closingListener {
	t.Helper()
	d, _ := newDriver(t, s)
	return asListener(t, d)
}

func asListener(t testing.TB, d emitter.Driver) closingListener {
	t.Helper()
	l, ok := d.(closingListener)
	if !ok {
		t.Fatalf("%T is not a Listener with Close", d)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// question is a request and the answers that came to it.
type question struct {
	req *protocol.Request

	mu   sync.Mutex
	got  int
	came chan struct{}
}

func newQuestion(namespace string, node protocol.ID) *question {
	return &question{came: make(chan struct{}, 1), req: &protocol.Request{
		Prefix: testPrefix, Namespace: namespace, Node: node, ID: protocol.NewID(), Type: protocol.AllRooms,
		Opts: protocol.Opts{Flags: protocol.FlagBroadcast},
	}}
}

func (q *question) channel() string {
	return emitter.ResponseChannel(q.req.Prefix, q.req.Namespace, q.req.Node.String())
}

func (q *question) sink(protocol.Response) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.got++
	select {
	case q.came <- struct{}{}:
	default:
	}
}

func (q *question) answers() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.got
}

// response returns an answer in its wire form.
func (q *question) response() []byte {
	res := protocol.Response{Request: q.req.ID, Server: protocol.NewNodeID(), Kind: protocol.KindRooms, Rooms: []string{"a"}}
	return res.AppendAddressed(nil)
}

// listen listens until the test ends.
func (q *question) listen(t testing.TB, d emitter.Listener) {
	t.Helper()
	stop, err := d.Listen(limit(t), q.req, q.sink)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
}

// mustGet waits until there are n answers.
func (q *question) mustGet(t testing.TB, n int) {
	t.Helper()
	for deadline := time.After(20 * time.Second); q.answers() < n; {
		select {
		case <-q.came:
		case <-deadline:
			t.Fatalf("answers on %q arrive: %d within 20 s, not %d", q.channel(), q.answers(), n)
		}
	}
}

// untilAnswered asks until an answer arrives: what is asked before a loss is seen
// gets none.
func (q *question) untilAnswered(t testing.TB, d emitter.Listener, answer func(data []byte)) {
	t.Helper()
	var last error
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		again := newQuestion(q.req.Namespace, q.req.Node)
		var stop func()
		if stop, last = d.Listen(limit(t), again.req, again.sink); last != nil {
			continue
		}
		answer(again.response())
		select {
		case <-again.came:
		case <-time.After(200 * time.Millisecond):
		}
		stop()
		if again.answers() > 0 {
			return
		}
	}
	t.Fatalf("a question on %q is answered again: not within 30 s: %v", q.channel(), last)
}

// backend is where a server listens and answers.
type backend interface {
	// watch subscribes to a channel.
	watch(t testing.TB, channel string, sharded bool) <-chan []byte
	// answer publishes; unlike Answer it reports no error, as the server may be gone.
	answer(channel string, sharded bool, data []byte)
}

func (s *Server) watch(t testing.TB, channel string, sharded bool) <-chan []byte {
	t.Helper()
	return Watch(t, s.Addr, channel, sharded)
}

func (s *Server) answer(channel string, sharded bool, data []byte) {
	publish(s.Addr, channel, sharded, data)
}

func publish(addr, channel string, sharded bool, data []byte) {
	c, err := Dial(addr)
	if err != nil {
		return
	}
	defer c.Close()
	_, _ = c.Do(publishCommand(sharded), channel, string(data))
}

func (c *Cluster) watch(t testing.TB, channel string, _ bool) <-chan []byte {
	t.Helper()
	return c.Watch(t, channel)
}

// answer publishes on every node: only the one that has the slot takes it.
func (c *Cluster) answer(channel string, sharded bool, data []byte) {
	for _, s := range c.Nodes {
		publish(s.Addr, channel, sharded, data)
	}
}

// serve plays a socketioxide server of a namespace, which answers each question
// until the test or its connection ends. It returns its id.
func serve(t testing.TB, b backend, namespace string, sharded bool) string {
	t.Helper()
	id := protocol.NewNodeID()
	requests := b.watch(t, channelOf(namespace), sharded)
	ended := make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer close(ended)
		for {
			select {
			case data, ok := <-requests:
				if !ok {
					return
				}
				if req, err := protocol.DecodeRequest(data); err == nil && req.Type.IsAnswered() {
					res := protocol.Response{Request: req.ID, Server: id, Kind: protocol.KindRooms}
					b.answer(emitter.ResponseChannel(testPrefix, namespace, req.Node.String()), sharded, res.AppendAddressed(nil))
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	return id.String()
}

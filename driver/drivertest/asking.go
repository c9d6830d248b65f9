package drivertest

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// asking is a case of a driver that is a Listener.
type asking struct {
	*scene
	listener emitter.Listener
}

// asks makes a case out of one for Listeners, which is skipped for other drivers.
func asks(run func(*asking)) func(*scene) {
	return func(s *scene) {
		l, ok := s.driver.(emitter.Listener)
		if !ok {
			s.Skip("the driver is not a Listener")
		}
		if s.harness.Answer == nil {
			s.Skip("answers can't be given here")
		}
		if c, ok := s.driver.(interface{ Close() error }); ok {
			s.Cleanup(func() {
				if err := c.Close(); err != nil {
					s.Errorf("Close: %v", err)
				}
			})
		}
		run(&asking{s, l})
	}
}

// asked is a question that listens, and what came for it.
type asked struct {
	*protocol.Request
	stop func()

	mu   sync.Mutex
	got  []protocol.Response
	came chan struct{} // has an element when something came
}

func (q *asked) sink(res protocol.Response) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.got = append(q.got, res)
	select {
	case q.came <- struct{}{}:
	default:
	}
}

func (q *asked) take() []protocol.Response {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.got
}

// question returns a question of the node, which nobody listens for yet.
func (a *asking) question(node protocol.ID) *asked {
	req := a.request("")
	req.Type, req.Node, req.Packet = protocol.AllRooms, node, protocol.Packet{}
	return &asked{Request: req, came: make(chan struct{}, 1)}
}

// ask listens for the answers to a new question.
func (a *asking) ask(node protocol.ID) *asked {
	a.Helper()
	q := a.question(node)
	stop, err := a.listener.Listen(a.Context(), q.Request, q.sink)
	if err != nil {
		a.Fatalf("Listen returns once no answer can be missed: %v", err)
	}
	q.stop = stop
	return q
}

// answer answers a question with one room.
func (a *asking) answer(q *asked, room string) {
	a.Helper()
	res := protocol.Response{Request: q.ID, Server: protocol.NewNodeID(), Kind: protocol.KindRooms, Rooms: []string{room}}
	a.raw(q, res.AppendAddressed(nil))
}

// raw publishes any bytes where the answers to q come.
func (a *asking) raw(q *asked, data []byte) {
	a.Helper()
	a.harness.Answer(a, q.Prefix, q.Namespace, q.Node.String(), data)
}

// wait returns the n-th response to q, from 1.
func (a *asking) wait(q *asked, n int, rule string) protocol.Response {
	a.Helper()
	for deadline := time.After(patience); ; {
		if got := q.take(); len(got) >= n {
			return got[n-1]
		}
		select {
		case <-q.came:
		case <-deadline:
			a.Fatalf("%s: %d answers within %v, not %d", rule, len(q.take()), patience, n)
		}
	}
}

// mustGet checks that the n-th response to q names room.
func (a *asking) mustGet(q *asked, n int, room, rule string) {
	a.Helper()
	if res := a.wait(q, n, rule); res.Request != q.ID || len(res.Rooms) != 1 || res.Rooms[0] != room {
		a.Fatalf("%s: got %+v, want room %q for question %v", rule, res, room, q.ID)
	}
}

// serve plays a server of the namespace that answers each probe of the core, until
// the test ends. It returns the server's id.
func (a *asking) serve() string {
	a.Helper()
	id := protocol.NewNodeID()
	requests := a.watch("")
	ended, stop := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case data := <-requests:
				if req, err := protocol.DecodeRequest(data); err == nil && req.Type.IsAnswered() {
					res := protocol.Response{Request: req.ID, Server: id, Kind: protocol.KindRooms}
					a.harness.Answer(a, a.prefix(), a.namespace, req.Node.String(), res.AppendAddressed(nil))
				}
			case <-stop:
				return
			}
		}
	}()
	a.Cleanup(func() {
		close(stop)
		<-ended
	})
	return id.String()
}

// emitter returns an emitter of this case's prefix and namespace.
func (a *asking) emitter() emitter.Emitter {
	return emitter.New(a.driver, emitter.WithPrefix(a.prefix())).Of(a.namespace)
}

// mustSayClosed checks that a call of a closed driver says so.
func (a *asking) mustSayClosed(err error) {
	a.Helper()
	if !errors.Is(err, emitter.ErrClosed) || !emitter.SafeToRetry(err) {
		a.Errorf("a closed driver gives ErrClosed, marked by NotSent: %v", err)
	}
}

func roomName(i int) string { return fmt.Sprintf("room %d", i) }

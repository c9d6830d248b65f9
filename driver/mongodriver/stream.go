package mongodriver

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/sioxide/emitter/driver/answers"
	"github.com/sioxide/emitter/protocol"
)

// stream is the change stream of a Driver. There is one node in a process, unless
// it has several copies of the emitter; the stream is opened anew for a further one.
type stream struct {
	watcher *watcher
	events  answers.Events

	nodes  []string    // whose answers are wanted
	open   []string    // whose answers the reader gets
	halt   func()      // stops the reader and waits for its end; nil: there is none
	isLost atomic.Bool // and that was told
}

var _ answers.Conn = (*stream)(nil)

// Subscribe opens the stream for a further node, from the place where it was.
func (s *stream) Subscribe(ctx context.Context, node string) error {
	if !slices.Contains(s.nodes, node) {
		s.nodes = append(s.nodes, node)
	}
	if slices.Contains(s.open, node) {
		return nil
	}
	others := s.halt != nil
	s.stop()
	cs, err := s.watcher.open(ctx, s.nodes)
	if err != nil {
		if others {
			s.lost(err)
		}
		return err
	}
	s.start(cs)
	return nil
}

// Unsubscribe leaves the stream as it is: answers to nobody are dropped.
func (s *stream) Unsubscribe(_ context.Context, node string) error {
	s.nodes = slices.DeleteFunc(s.nodes, func(n string) bool { return n == node })
	return nil
}

// Close ends the stream. The next one resumes it only if it was lost: nobody waits for
// answers any more.
func (s *stream) Close() {
	s.stop()
	if !s.isLost.Load() {
		s.watcher.keepPlace(nil)
	}
}

func (s *stream) start(cs *mongo.ChangeStream) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	s.open = slices.Clone(s.nodes)
	s.halt = func() {
		cancel()
		<-ended
	}
	go func() {
		defer close(ended)
		s.read(ctx, cs)
	}()
}

func (s *stream) stop() {
	if s.halt != nil {
		s.halt()
	}
	s.halt, s.open = nil, nil
}

func (s *stream) lost(err error) {
	s.isLost.Store(true)
	s.events.Lost(err)
}

// errInvalidated is how MongoDB ends a stream by itself.
var errInvalidated = errors.New("the collection was dropped or renamed")

// read gives all that comes to events, and remembers how far it has come.
func (s *stream) read(ctx context.Context, cs *mongo.ChangeStream) {
	var cursor int64
	for more := true; more; more = s.next(ctx, cs) {
		cursor = cs.ID() // the client library forgets it when ctx ends while it waits
	}
	err, token := cs.Err(), cs.ResumeToken()
	if err == nil && ctx.Err() == nil {
		err, token = errInvalidated, nil
	}
	s.watcher.keepPlace(token)
	if ctx.Err() == nil {
		s.lost(err)
	}
	ended, cancel := context.WithTimeout(context.Background(), killTime)
	defer cancel()
	_ = cs.Close(ended)
	s.watcher.kill(ended, cursor)
}

// next waits for one event or, where there is none, for a sign of life. It is false
// when the stream has ended.
func (s *stream) next(ctx context.Context, cs *mongo.ChangeStream) bool {
	ctx, cancel := context.WithTimeout(ctx, s.watcher.silence)
	defer cancel()
	if !cs.TryNext(ctx) {
		return cs.Err() == nil && cs.ID() != 0
	}
	if err := s.take(cs.Current); err != nil {
		s.watcher.drop(err)
	}
	return true
}

// take handles one event.
func (s *stream) take(event []byte) error {
	item, err := decodeEvent(event)
	if err != nil {
		return err
	}
	if item.isHeartbeat {
		s.watcher.rosters.heard(item.namespace, item.origin)
		return nil
	}
	res, err := protocol.DecodeResponse(item.data)
	if err != nil {
		return err
	}
	res.Request = item.request
	s.events.Response(res)
	return nil
}

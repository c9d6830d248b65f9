package mongodriver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/answers"
)

// watcher opens change streams for a Driver.
type watcher struct {
	collection *mongo.Collection
	rosters    *rosters
	log        *slog.Logger
	silence    time.Duration

	mu    sync.Mutex
	place place

	dropped atomic.Int64
}

// place is how far a stream that was lost had come.
type place struct {
	token bson.Raw // nil: nowhere
	at    time.Time
}

// placeTime is how long a place is of use: for as long as a server counts as there
// after it was heard.
const placeTime = time.Minute

var _ answers.Client = (*watcher)(nil)

func newWatcher(c *mongo.Collection, r *rosters, log *slog.Logger) *watcher {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	// MongoDB opens change streams with this read concern only.
	c = c.Clone(options.Collection().SetReadConcern(readconcern.Majority()))
	return &watcher{collection: c, rosters: r, log: log, silence: maxSilence}
}

// Route: all answers come by one stream.
func (w *watcher) Route(context.Context, string) (any, error) { return "change stream", nil }

// Redirected: there is no other place.
func (w *watcher) Redirected(context.Context, error) bool { return false }

// Dial makes a stream, which the first Subscribe opens.
func (w *watcher) Dial(_ context.Context, _ any, events answers.Events) (answers.Conn, error) {
	return &stream{watcher: w, events: events}, nil
}

// open opens a stream on the answers to nodes, at the place where the last one was
// lost if that is possible.
func (w *watcher) open(ctx context.Context, nodes []string) (*mongo.ChangeStream, error) {
	token := w.takePlace()
	opts := options.ChangeStream()
	if token != nil {
		opts.SetResumeAfter(token)
	}
	cs, err := w.collection.Watch(ctx, pipeline(nodes), opts)
	switch {
	case err == nil:
		return cs, nil
	case !isReply(err):
		w.keepPlace(token)
		return nil, watchError(err)
	case token == nil:
		return nil, watchError(err)
	}
	why := err
	if cs, err = w.collection.Watch(ctx, pipeline(nodes)); err == nil {
		w.log.Warn("emitter: change stream can't be resumed: the answers of the meantime are lost", "error", why)
	}
	return cs, watchError(err)
}

// isReply tells whether MongoDB itself has said err.
func isReply(err error) bool {
	var reply mongo.CommandError
	return errors.As(err, &reply) && !reply.HasErrorLabel("NetworkError")
}

// takePlace returns where to resume; nil is here and now.
func (w *watcher) takePlace() bson.Raw {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.place
	w.place = place{}
	if time.Since(p.at) > placeTime {
		return nil
	}
	return p.token
}

func (w *watcher) keepPlace(token bson.Raw) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.place = place{slices.Clone(token), time.Now()}
}

// kill ends a cursor that a stream has left open. One on another server of a sharded
// cluster ends with its connection, which is closed.
func (w *watcher) kill(ctx context.Context, cursor int64) {
	if cursor == 0 {
		return
	}
	_ = w.collection.Database().RunCommand(ctx, bson.D{
		{Key: "killCursors", Value: w.collection.Name()}, {Key: "cursors", Value: bson.A{cursor}},
	})
}

// maxSilence is how long MongoDB may say nothing before a stream is given up: it
// answers each second, with events or without.
const maxSilence = 15 * time.Second

// killTime is for ending a cursor; MongoDB ends one by itself that nobody reads for 10
// minutes.
const killTime = time.Second

// drop tells of documents that no server writes, each time that their number has
// doubled.
func (w *watcher) drop(err error) {
	if n := w.dropped.Add(1); n&(n-1) == 0 {
		w.log.Debug("emitter: answers dropped", "why", "malformed", "total", n, "error", err)
	}
}

// heartbeatAt is where in the data of a request its type stands: behind the head of
// an array and two ids of 16 characters with a head each.
const heartbeatAt = 1 + 2*17

// pipeline selects the answers to nodes, and the heartbeats that servers send every
// 10 s to all: of requests MongoDB itself looks at the one number that tells the type,
// so that no event is carried here.
func pipeline(nodes []string) mongo.Pipeline {
	return mongo.Pipeline{{{Key: "$match", Value: bson.D{
		{Key: "operationType", Value: "insert"},
		{Key: "$or", Value: bson.A{
			bson.D{
				{Key: "fullDocument.target", Value: bson.D{{Key: "$in", Value: nodes}}},
				{Key: "fullDocument.t", Value: "Res"},
			},
			bson.D{
				{Key: "fullDocument.target", Value: bson.D{{Key: "$exists", Value: false}}},
				{Key: "fullDocument.t", Value: "Req"},
				{Key: fmt.Sprintf("fullDocument.data.%d", heartbeatAt), Value: bson.D{{Key: "$in", Value: heartbeats}}},
			},
		}},
	}}}}
}

// noStreams are the errors of deployments without change streams: a standalone
// server, and other products that speak MongoDB's protocol.
var noStreams = []int{40573, 40324, 115, 59} // $changeStream only on replica sets; unknown stage; CommandNotSupported; CommandNotFound

func watchError(err error) error {
	var reply mongo.CommandError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &reply) && slices.ContainsFunc(noStreams, reply.HasErrorCode):
		return fmt.Errorf("%w: answers come by a change stream, which this deployment does not have (it needs a replica set or a sharded cluster): %w", emitter.ErrUnsupported, err)
	case errors.As(err, &reply) && reply.HasErrorCode(13):
		return fmt.Errorf("open a change stream: %w (allow the user find and changeStream on the collection)", err)
	}
	return fmt.Errorf("open a change stream: %w", withRemedy(err))
}

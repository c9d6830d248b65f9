package mongodriver

import (
	"context"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// sender inserts requests whose Raw is their document. The client library copies a
// document before it sends it.
type sender struct {
	collection *mongo.Collection
	ordered    bool // what follows a document that is refused is not inserted
}

var _ emitter.BulkDriver = (*sender)(nil)

// Send inserts one document.
func (s *sender) Send(ctx context.Context, req *protocol.Request) (int, error) {
	res, err := s.collection.InsertOne(ctx, bson.Raw(req.Raw))
	if err == nil && res.Acknowledged {
		return -1, nil
	}
	o := outcome{sender: s, ctx: ctx, acknowledged: err != nil || res.Acknowledged}
	var errs [1]error
	o.judge(err, errs[:])
	return -1, errs[0]
}

// SendAll inserts documents in one round trip, if they are not more than 1,000.
func (s *sender) SendAll(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) error {
	docs := make([]any, len(reqs))
	for i, req := range reqs {
		docs[i], servers[i] = bson.Raw(req.Raw), -1
	}
	s.insert(ctx, docs, errs[:len(reqs)])
	for _, err := range errs[:len(reqs)] {
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *sender) insert(ctx context.Context, docs []any, errs []error) {
	res, err := s.collection.InsertMany(ctx, docs, options.InsertMany().SetOrdered(s.ordered))
	o := outcome{sender: s, ctx: ctx, acknowledged: res == nil || res.Acknowledged}
	o.judge(err, errs)
}

// encode makes the document of req.
func (w *wire) encode(req *protocol.Request) error {
	d := document{
		id: bson.NewObjectID(), server: req.Server, namespace: req.Namespace,
		origin: req.Node, data: req.Raw, created: time.Now(),
	}
	if req.Raw == nil {
		w.data = req.AppendMsgpack(w.data[:0])
		d.data = w.data
	} else {
		decoded, err := protocol.DecodeRequest(req.Raw)
		if err != nil {
			return emitter.NotSent(fmt.Errorf("who asks stands in the document, and Raw does not tell: %w", err))
		}
		d.origin = decoded.Node
	}
	if err := d.check(); err != nil {
		return err
	}
	w.req = protocol.Request{Namespace: req.Namespace, Raw: d.append(slices.Grow(w.req.Raw[:0], d.len()))}
	return nil
}

// Limits of one insert: MongoDB takes 100,000 documents and 48 MB, but what is more
// than a reply of a change stream carries is no faster.
const (
	maxBatchDocuments = 1000
	maxBatchBytes     = 16 << 20
)

// batch gathers what goes into one insert.
type batch struct {
	wires  []*wire
	at     []int // their places among all requests
	bytes  int
	broken error // what keeps all that follows from being sent
}

func (b *batch) isFull(next *wire) bool {
	return len(b.wires) == maxBatchDocuments || b.bytes > 0 && b.bytes+len(next.req.Raw) > maxBatchBytes
}

func (b *batch) add(w *wire, at int) {
	b.wires, b.at, b.bytes = append(b.wires, w), append(b.at, at), b.bytes+len(w.req.Raw)
}

// flush inserts what was gathered, unless an earlier insert failed.
func (b *batch) flush(ctx context.Context, s *sender, errs []error) {
	if len(b.wires) == 0 {
		return
	}
	mine := make([]error, len(b.wires))
	if b.broken == nil {
		docs := make([]any, len(b.wires))
		for i, w := range b.wires {
			docs[i] = bson.Raw(w.req.Raw)
		}
		s.insert(ctx, docs, mine)
		if i := slices.IndexFunc(mine, func(err error) bool { return err != nil }); i >= 0 {
			b.broken = s.behind(mine[i])
		}
	} else {
		for i := range mine {
			mine[i] = b.broken
		}
	}
	for i, w := range b.wires {
		errs[b.at[i]] = mine[i]
		w.release()
	}
	b.wires, b.at, b.bytes = b.wires[:0], b.at[:0], 0
}

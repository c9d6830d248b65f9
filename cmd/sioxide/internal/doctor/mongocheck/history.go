package mongocheck

import (
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/members"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
	"github.com/sioxide/emitter/protocol"
)

// document is what the adapter inserts (docs/protocol.md, "MongoDB").
type document struct {
	ID        bson.ObjectID `bson:"_id"`
	Type      string        `bson:"t"` // Req or Res
	Namespace string        `bson:"ns"`
	Origin    string        `bson:"origin"`
	Data      []int32       `bson:"data"`
}

func (d document) bytes() []byte {
	data := make([]byte, len(d.Data))
	for i, n := range d.Data {
		data[i] = byte(n)
	}
	return data
}

// past is what was sent lately.
type past struct {
	beats  map[string]map[string]time.Time // the last heartbeat, by namespace and server
	values []value
}

type value struct {
	kind     protocol.ValueKind
	from     string
	isServer bool // it answered
}

// maxDocuments bounds what is read of a busy cluster, and lately what of it counts.
const (
	maxDocuments = 500
	lately       = time.Minute
)

// readHistory reads the last documents. known is false when that is not allowed.
func (l *looker) readHistory(ctx context.Context) (p past, known bool) {
	ctx, cancel := l.step(ctx)
	defer cancel()
	p.beats = make(map[string]map[string]time.Time)
	cursor, err := l.collection.Find(ctx, bson.D{}, options.Find().SetSort(bson.D{{Key: "_id", Value: -1}}).SetLimit(maxDocuments))
	var list []document
	if err == nil {
		err = cursor.All(ctx, &list)
	}
	if err != nil {
		l.note(err, "find")
		l.report.Skip(history, "%s", l.why(err))
		return p, false
	}
	read := 0
	for _, d := range list {
		if time.Since(d.ID.Timestamp()) > lately {
			continue
		}
		read++
		p.take(d)
	}
	l.report.Pass(history, "%s, in namespaces %s", report.Plural(read, "document of the last minute", "documents of the last minute"), report.List(p.namespaces()))
	return p, true
}

func (p *past) take(d document) {
	switch d.Type {
	case "Res":
		res, err := protocol.DecodeResponse(d.bytes())
		if err == nil && res.Kind == protocol.KindAck && res.Ack.Err == protocol.AckOK {
			p.values = append(p.values, value{res.Ack.Value.Kind, d.Origin, true})
		}
	case "Req":
		req, err := protocol.DecodeRequest(d.bytes())
		switch {
		case err != nil:
		case req.Type == protocol.Heartbeat || req.Type == protocol.InitHeartbeat:
			p.beat(d)
		case req.Type.HasPacket():
			p.values = append(p.values, value{req.Packet.Data.Kind, d.Origin, false})
		}
	}
}

func (p *past) beat(d document) {
	if p.beats[d.Namespace] == nil {
		p.beats[d.Namespace] = make(map[string]time.Time)
	}
	if at := d.ID.Timestamp(); at.After(p.beats[d.Namespace][d.Origin]) {
		p.beats[d.Namespace][d.Origin] = at
	}
}

// servers lists those whose last heartbeat in a namespace is not older than that.
func (p past) servers(namespace string, age time.Duration) (ids []string) {
	for id, at := range p.beats[namespace] {
		if time.Since(at) <= age+time.Second { // an id tells whole seconds
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// namespaces lists those with heartbeats.
func (p past) namespaces() (names []string) {
	for name := range p.beats {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (p past) judgeParser(r *report.Report, wanted emitter.Parser, known bool) {
	if !known {
		r.Skip(parser, "the collection can't be read, and no probe of a parser is harmless")
		return
	}
	t := members.Traffic{Parser: wanted}
	for _, v := range p.values {
		isServer := v.isServer
		for _, beats := range p.beats {
			_, beating := beats[v.from]
			isServer = isServer || beating
		}
		t.Take(v.kind, v.from, isServer)
	}
	t.Judge(r, "no event was sent in the last minute")
}

package mongocheck

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/members"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
)

// state of the collection.
type state int

const (
	absent  state = iota // it is not there: a question would make it
	staying              // what is inserted stays
	passing              // what is inserted goes by itself
)

const (
	// defaultMessage is the largest message where none is said: a document is up to
	// twelve times as long (docs/protocol.md).
	defaultMessage = 64 << 10
	growth         = 12
	maxMessage     = 1_376_009 // whose document has 16 MiB
)

// lookAtCollection looks at how documents go.
func (l *looker) lookAtCollection(ctx context.Context) state {
	ctx, cancel := l.step(ctx)
	defer cancel()
	specs, err := l.collection.Database().ListCollectionSpecifications(ctx, bson.D{{Key: "name", Value: l.collection.Name()}})
	if err != nil {
		l.report.Skip(collection, "%s", l.why(err))
		return staying
	}
	at := slices.IndexFunc(specs, func(s mongo.CollectionSpecification) bool { return s.Name == l.collection.Name() })
	if at < 0 {
		l.missing(ctx)
		return absent
	}
	var options struct {
		Capped bool  `bson:"capped"`
		Size   int64 `bson:"size"`
	}
	if raw := specs[at].Options; raw != nil && bson.Unmarshal(raw, &options) == nil && options.Capped {
		l.judgeCapped(options.Size)
		return passing
	}
	return l.lookAtIndexes(ctx)
}

// missing: servers make the collection when they start.
func (l *looker) missing(ctx context.Context) {
	f := report.Finding{
		Code: report.NoServers,
		Says: fmt.Sprintf("The collection %s is not there: no server has ever used it.", l.name()),
		Do:   "Check the collection and the database in the servers' configuration and in the URL.",
	}
	if names, err := l.collection.Database().ListCollectionNames(ctx, bson.D{}); err == nil && len(names) > 0 {
		slices.Sort(names)
		f.Details = []string{fmt.Sprintf("the database has %s; the closest is %q", report.List(names), members.Closest(l.collection.Name(), names))}
	}
	l.report.Find(servers, f)
}

func (l *looker) judgeCapped(bytes int64) {
	message := min(cmp.Or(l.opts.MessageSize, defaultMessage), maxMessage)
	if need := int64(2 * growth * message); bytes < need {
		l.report.Find(collection, report.Finding{
			Code: report.MongoCappedSmall, Severity: report.Warning,
			Says: fmt.Sprintf("The capped collection %s holds %s, and a message of %s takes up to %s: a server that lags by one loses its place, and what was removed before it was read.", l.name(), report.Size(int(bytes)), report.Size(message), report.Size(growth*message)),
			Do:   fmt.Sprintf("Make it larger, at least %d bytes (collMod with cappedSize, or drop it and let the servers make it), or send smaller messages.", need),
		})
		return
	}
	l.report.Pass(collection, "%s is capped at %s", l.name(), report.Size(int(bytes)))
}

// lookAtIndexes looks for the index that removes documents by their age.
func (l *looker) lookAtIndexes(ctx context.Context) state {
	specs, err := l.collection.Indexes().ListSpecifications(ctx)
	if err != nil {
		l.report.Skip(collection, "its indexes: %s", l.why(err))
		return staying
	}
	for _, index := range specs {
		if index.ExpireAfterSeconds != nil && strings.Contains(index.KeysDocument.String(), `"createdAt"`) {
			l.report.Pass(collection, "documents of %s go after %s", l.name(), time.Duration(*index.ExpireAfterSeconds)*time.Second)
			return passing
		}
	}
	l.report.Find(collection, report.Finding{
		Code: report.MongoTTLMissing, Severity: report.Warning,
		Says: fmt.Sprintf("The collection %s has no index that removes old documents and is not capped: it grows for ever.", l.name()),
		Do:   fmt.Sprintf("Make the index as the servers do: db.getCollection(%q).createIndex({createdAt: 1}, {expireAfterSeconds: 60}), and remove what is old.", l.collection.Name()),
	})
	return staying
}

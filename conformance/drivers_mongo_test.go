package conformance

import (
	"context"
	"errors"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/conformance/internal/cases"
	"github.com/sioxide/emitter/conformance/internal/cluster"
	"github.com/sioxide/emitter/driver/mongodriver"
)

var mongoDrivers = []driver{{"mongodriver", cases.Answers, newMongoDriver}}

func newMongoDriver(t *testing.T, c *cluster.Cluster) emitter.Driver {
	on, ok := c.Backend.(*cluster.Mongo)
	if !ok {
		t.Fatalf("the cluster is on %T, not on MongoDB", c.Backend)
	}
	client, err := mongo.Connect(options.Client().ApplyURI(on.URL()))
	if err != nil {
		t.Fatalf("connect to MongoDB: %v", err)
	}
	d := mongodriver.New(on.Collection(client))
	t.Cleanup(func() {
		if err := errors.Join(d.Close(), client.Disconnect(context.Background())); err != nil {
			t.Errorf("close mongodriver and its client: %v", err)
		}
	})
	return d
}

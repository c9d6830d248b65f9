package examples

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sioxide/emitter/driver/drivertest/mongotest"
	"github.com/sioxide/emitter/driver/mongodriver"
	"github.com/sioxide/emitter/protocol"
)

func TestMongoDBExample(t *testing.T) {
	server := mongotest.Start(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // building included
	defer cancel()
	start(ctx, t, filepath.Join(build(t, "mongodb"), "mongodb"), "MONGODB_URL="+server.URL())

	client, err := mongo.Connect(options.Client().ApplyURI(server.URL()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	found, err := client.Database("app").Collection(mongodriver.Collection).Find(ctx, bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	var docs []struct{ Data []int }
	if err := found.All(ctx, &docs); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, doc := range docs {
		data := make([]byte, len(doc.Data))
		for i, n := range doc.Data {
			data[i] = byte(n)
		}
		req, err := protocol.DecodeRequest(data)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(req.Packet.Data.Data))
	}
	if want := []string{`["order",42,3]`, `["closed"]`}; !slices.Equal(got, want) {
		t.Errorf("the servers get %q, want %q", got, want)
	}
	orders, err := client.Database("app").Collection("orders").CountDocuments(ctx, bson.D{})
	if orders != 1 || err != nil {
		t.Errorf("%d orders, want 1: %v", orders, err)
	}
}

package cluster

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/conformance/internal/rustserver"
	"github.com/sioxide/emitter/conformance/internal/wire"
	"github.com/sioxide/emitter/driver/drivertest/mongotest"
)

// The servers' database where their URL names none, and the collection of socketioxide-mongodb
// (src/lib.rs: MongoDbAdapterConfig).
const mongoDatabase, mongoCollection = "test", "socket.io-adapter"

// Mongo is the stand-in for MongoDB as the backend.
type Mongo struct {
	*mongotest.Server
	client *mongo.Client // the run's own
	capped bool
	parser string
}

// cappedSize is that of servers/src/backend/mongodb.rs.
const cappedSize = 64 << 20

func startMongo(_ context.Context, c Config) (Backend, error) {
	server, err := mongotest.Launch()
	if err != nil {
		return nil, err
	}
	client, err := connectMongo(server)
	if err != nil {
		return nil, errors.Join(err, server.Kill())
	}
	return &Mongo{server, client, c.Driver == rustserver.MongodbCapped, c.Parser.String()}, nil
}

func connectMongo(to *mongotest.Server) (*mongo.Client, error) {
	return mongo.Connect(options.Client().ApplyURI(to.URL()))
}

// Collection is the one that servers watch, by another client.
func (*Mongo) Collection(client *mongo.Client) *mongo.Collection {
	return client.Database(mongoDatabase).Collection(mongoCollection)
}

// URLs is one for all.
func (m *Mongo) URLs() []string { return []string{m.URL()} }

// Prefixes: there is nothing in a document to tell them apart by.
func (*Mongo) Prefixes() []string { return []string{emitter.DefaultPrefix} }

// Mark inserts a document for each of the channels.
func (m *Mongo) Mark(ctx context.Context, sp space, uids []string, n int) error {
	var documents []wire.MongoDocument
	for _, target := range append([]string{""}, uids...) {
		d, err := wire.MongoEvent(m.parser, sp.namespace, target, marker, n)
		if err != nil {
			return err
		}
		documents = append(documents, d)
	}
	_, err := m.Collection(m.client).InsertMany(ctx, documents)
	return err
}

// Restart ends the stand-in and starts it with nothing in it. MongoDB would keep the collection, and how it was made.
func (m *Mongo) Restart(ctx context.Context) error {
	err := errors.Join(m.client.Disconnect(ctx), m.Server.Restart())
	if err == nil {
		m.client, err = connectMongo(m.Server)
	}
	if err != nil || !m.capped {
		return err
	}
	made := options.CreateCollection().SetCapped(true).SetSizeInBytes(cappedSize)
	return m.client.Database(mongoDatabase).CreateCollection(ctx, mongoCollection, made)
}

// Monitor watches all that happens in the collection.
func (m *Mongo) Monitor(ctx context.Context) (stop func() error, err error) {
	stream, err := m.Collection(m.client).Watch(ctx, mongo.Pipeline{})
	if err != nil {
		return nil, fmt.Errorf("watch the collection: %w", err)
	}
	return func() error { return stream.Close(context.WithoutCancel(ctx)) }, nil
}

// Stop ends the stand-in.
func (m *Mongo) Stop() error {
	return errors.Join(m.client.Disconnect(context.Background()), m.Kill())
}

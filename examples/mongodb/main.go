// Mongodb: a shop stores an order, and the customer's page hears of it when, and
// only when, it is stored.
//
// Choose this when the servers' adapter is socketioxide-mongodb. What is emitted
// with a session's context is part of its transaction; without one it is sent at
// once. Transactions need a replica set or a sharded cluster.
//
//	MONGODB_URL='mongodb://127.0.0.1:27017/?replicaSet=rs0' go run ./mongodb
package main

import (
	"cmp"
	"context"
	"errors"
	"log"
	"os"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/mongodriver"
)

func main() {
	if err := run(cmp.Or(os.Getenv("MONGODB_URL"), "mongodb://127.0.0.1:27017/?replicaSet=rs0")); err != nil {
		log.Fatal(err)
	}
}

func run(url string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	client, err := mongo.Connect(options.Client().ApplyURI(url))
	if err != nil {
		return err
	}
	defer func() { _ = client.Disconnect(ctx) }()
	app := client.Database("app") // the database that the servers were given
	driver := mongodriver.New(app.Collection(mongodriver.Collection))
	defer func() { _ = driver.Close() }()
	shop := shop{client, app.Collection("orders"), emitter.New(driver)}

	if err := shop.order(ctx, 42, 3); err != nil {
		return err
	}
	err = shop.order(ctx, 43, 0)
	if !errors.Is(err, errNothing) {
		return err
	}
	log.Printf("order 43: %v; nobody hears of it", err)
	return shop.io.To("staff").Emit(ctx, "closed")
}

type shop struct {
	client *mongo.Client
	orders *mongo.Collection
	io     emitter.Emitter
}

var errNothing = errors.New("nothing was ordered")

func (s shop) order(ctx context.Context, id, pieces int) error {
	session, err := s.client.StartSession()
	if err != nil {
		return err
	}
	defer session.EndSession(ctx)
	_, err = session.WithTransaction(ctx, func(tx context.Context) (any, error) {
		if err := s.io.To("staff").Emit(tx, "order", id, pieces); err != nil {
			return nil, err
		}
		if pieces == 0 {
			return nil, errNothing // neither the order nor the event is there
		}
		return s.orders.InsertOne(tx, bson.D{{Key: "_id", Value: id}, {Key: "pieces", Value: pieces}})
	})
	return err
}

package main

import (
	"context"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/mongodriver"
	"github.com/sioxide/emitter/driver/pgxdriver"
)

// A database's collection or channel is bench's own; nobody reads it.

func readyPgx(c *contestant, in input) (operation, int, error) {
	d, err := open(&c.drivers, driverKey("pgxdriver", in), func() (emitter.Driver, error) {
		pool, err := c.pool(in)
		if err != nil {
			return nil, err
		}
		return pgxdriver.New(pool), nil
	})
	if err != nil {
		return nil, 0, err
	}
	return readySend(d, in)
}

// readyBarePgx notifies with payloads of the same size, each in a statement.
func readyBarePgx(c *contestant, in input) (operation, int, error) {
	pool, err := c.pool(in)
	if err != nil {
		return nil, 0, err
	}
	ctx, payload := context.Background(), strings.Repeat("x", in.Size)
	return together(in.AtOnce, func() error {
		_, err := pool.Exec(ctx, "select pg_notify($1, $2)", "bench", payload)
		return err
	}), in.Size, nil
}

func readyMongo(c *contestant, in input) (operation, int, error) {
	d, err := open(&c.drivers, driverKey("mongodriver", in), func() (emitter.Driver, error) {
		collection, err := c.collection(in, "driver")
		if err != nil {
			return nil, err
		}
		return mongodriver.New(collection), nil
	})
	if err != nil {
		return nil, 0, err
	}
	return readySend(d, in)
}

// readyBareMongo inserts documents of the same shape with InsertOne, from data that
// is BSON already.
func readyBareMongo(c *contestant, in input) (operation, int, error) {
	collection, err := c.collection(in, "bare")
	if err != nil {
		return nil, 0, err
	}
	data := make([]int32, in.Size)
	document, err := bson.Marshal(bson.D{
		{Key: "t", Value: "Req"}, {Key: "ns", Value: "/"}, {Key: "origin", Value: "AAAAAAAAAAAAAAAA"},
		{Key: "data", Value: data}, {Key: "createdAt", Value: time.Now()},
	})
	ctx := context.Background()
	return together(in.AtOnce, func() error {
		_, err := collection.InsertOne(ctx, bson.Raw(document))
		return err
	}), len(document), err
}

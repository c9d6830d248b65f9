package mongodriver_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/drivertest"
	"github.com/sioxide/emitter/driver/drivertest/mongotest"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
	"github.com/sioxide/emitter/driver/mongodriver"
	"github.com/sioxide/emitter/protocol"
)

// connect returns the servers' collection, on a client of its own.
func connect(t testing.TB, addr string, set ...func(*options.ClientOptions)) *mongo.Collection {
	t.Helper()
	o := options.Client().ApplyURI(mongotest.URL(addr))
	for _, f := range set {
		f(o)
	}
	client, err := mongo.Connect(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := client.Disconnect(ctx); err != nil {
			t.Errorf("disconnect: %v", err)
		}
	})
	return client.Database("test").Collection(mongodriver.Collection)
}

// requestDoc is a request as servers read it, the plain twin of the driver's own.
type requestDoc struct {
	ID        bson.ObjectID `bson:"_id"`
	T         string        `bson:"t"`
	Target    string        `bson:"target,omitempty"`
	NS        string        `bson:"ns"`
	Origin    string        `bson:"origin"`
	Data      []int32       `bson:"data"`
	CreatedAt time.Time     `bson:"createdAt"`
}

// answerDoc is a response as servers write it.
type answerDoc struct {
	T         string    `bson:"t"`
	Request   string    `bson:"request"`
	Target    string    `bson:"target"`
	NS        string    `bson:"ns"`
	Origin    string    `bson:"origin"`
	Data      []int32   `bson:"data"`
	CreatedAt time.Time `bson:"createdAt"`
}

func numbers(b []byte) []int32 {
	n := make([]int32, len(b))
	for i, v := range b {
		n[i] = int32(v)
	}
	return n
}

// watch returns the data of the requests that a server of the namespace gets, by the
// change stream that servers open (socketioxide-mongodb 0.1.5,
// src/drivers/mongodb.rs: watch).
func watch(t testing.TB, c *mongo.Collection, namespace, server string) <-chan []byte {
	t.Helper()
	target := bson.D{{Key: "$exists", Value: false}}
	match := bson.D{{Key: "fullDocument.ns", Value: namespace}, {Key: "fullDocument.t", Value: "Req"}}
	if server != "" {
		match = append(match, bson.E{Key: "fullDocument.target", Value: server})
	} else {
		match = append(match, bson.E{Key: "fullDocument.target", Value: target})
	}
	cs, err := c.Watch(context.Background(), mongo.Pipeline{{{Key: "$match", Value: match}}})
	if err != nil {
		t.Fatalf("watch: %v", err)
	}
	messages, ended := make(chan []byte, 1<<16), make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer close(ended)
		defer close(messages)
		for cs.Next(ctx) {
			var event struct {
				FullDocument requestDoc `bson:"fullDocument"`
			}
			if err := cs.Decode(&event); err != nil {
				t.Errorf("watch: %v", err)
				return
			}
			data := make([]byte, len(event.FullDocument.Data))
			for i, v := range event.FullDocument.Data {
				data[i] = byte(v)
			}
			messages <- data
		}
		_ = cs.Close(context.Background())
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	return messages
}

// answer inserts a response as a server does. What is no addressed response becomes
// a document that no server writes.
func answer(t testing.TB, c *mongo.Collection, namespace, node string, data []byte) {
	t.Helper()
	var doc any = bson.D{{Key: "t", Value: "Res"}, {Key: "target", Value: node}, {Key: "data", Value: data}}
	if res, err := protocol.DecodeAddressedResponse(data); err == nil {
		const addressLen = 1 + 1 + protocol.IDLen // an array of two, and the request's id
		doc = answerDoc{
			T: "Res", Request: res.Request.String(), Target: node, NS: namespace,
			Origin: res.Server.String(), Data: numbers(data[addressLen:]), CreatedAt: time.Now(),
		}
	}
	if _, err := c.InsertOne(t.Context(), doc); err != nil {
		t.Errorf("answer: %v", err)
	}
}

// harness is a driver behind a proxy, whose client does not repeat inserts.
func harness(t *testing.T, set ...func(*options.ClientOptions)) drivertest.Harness {
	s := mongotest.Start(t)
	proxy := redistest.NewProxy(t, s.Addr)
	direct := connect(t, s.Addr)
	return drivertest.Harness{
		Prefix: "socket.io", MaxMessage: 1_370_000,
		New: func(t testing.TB) emitter.Driver {
			return mongodriver.New(connect(t, proxy.Addr, set...), mongodriver.WithLogger(slog.New(slog.DiscardHandler)))
		},
		Watch: func(t testing.TB, _, namespace, server string) <-chan []byte {
			return watch(t, direct, namespace, server)
		},
		Stall: s.Stall,
		Answer: func(t testing.TB, _, namespace, node string, data []byte) {
			answer(t, direct, namespace, node, data)
		},
		Drop: func(testing.TB) { proxy.CloseAll() },
	}
}

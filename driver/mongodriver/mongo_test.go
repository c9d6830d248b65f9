package mongodriver_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/drivertest"
	"github.com/sioxide/emitter/driver/drivertest/mongotest"
	"github.com/sioxide/emitter/driver/drivertest/netproxy"
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
		if err := client.Disconnect(ctx); err != nil && !errors.Is(err, mongo.ErrClientDisconnected) {
			t.Errorf("disconnect: %v", err)
		}
	})
	return client.Database("test").Collection(mongodriver.Collection)
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

// bytesOf reads an array of int32: each has its type, its name, and four bytes.
func bytesOf(t testing.TB, array []byte) []byte {
	var data []byte
	for rest := array[4:]; len(rest) > 1; {
		name, value, _ := bytes.Cut(rest[1:], []byte{0})
		if bson.Type(rest[0]) != bson.TypeInt32 || string(name) != strconv.Itoa(len(data)) || binary.LittleEndian.Uint32(value) > 255 {
			t.Errorf("element %d of data is no byte", len(data))
			return nil
		}
		data, rest = append(data, value[0]), value[4:]
	}
	return data
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
			messages <- bytesOf(t, cs.Current.Lookup("fullDocument", "data").Array())
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
	// A test may end with the answer, whose own confirmation comes after it.
	if _, err := c.InsertOne(context.WithoutCancel(t.Context()), doc); err != nil {
		t.Errorf("answer: %v", err)
	}
}

// newProxy can lose the answer to an insert.
func newProxy(t testing.TB, target string) *netproxy.Proxy {
	return netproxy.New(t, target, func(sent []byte) bool {
		return bytes.Contains(sent, []byte("\x02insert\x00"))
	})
}

// harness is a driver behind a proxy, whose client does not repeat inserts.
func harness(t *testing.T, set ...func(*options.ClientOptions)) drivertest.Harness {
	s := mongotest.Start(t)
	proxy := newProxy(t, s.Addr)
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
		Cut:  func(testing.TB) { proxy.CutNext() },
		Drop: func(testing.TB) { proxy.CloseAll() },
	}
}

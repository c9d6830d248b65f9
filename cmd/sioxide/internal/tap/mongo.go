package tap

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"

	"github.com/sioxide/emitter/protocol"
)

// Mongo watches the requests that are inserted, by a change stream. One that was lost
// goes on where it was, if MongoDB still knows that place; otherwise what passed in
// the meantime was missed, and Lost has said so.
func Mongo(ctx context.Context, c *mongo.Collection, prefix string, namespaces []string, sink Sink) error {
	c = c.Clone(options.Collection().SetReadConcern(readconcern.Majority())) // MongoDB opens change streams with no other
	var token bson.Raw
	return sink.again(ctx, isCommandError, func() (ready bool, err error) {
		opts := options.ChangeStream()
		if token != nil {
			opts.SetResumeAfter(token)
		}
		token = nil
		cs, err := c.Watch(ctx, requests(namespaces), opts)
		if err != nil {
			return false, fmt.Errorf("open a change stream: %w", err)
		}
		defer func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			_ = cs.Close(ctx) // it was only read from
		}()
		sink.Ready()
		for cs.Next(ctx) {
			if err := sink.Message(document(cs.Current, prefix)); err != nil {
				return true, enough(err)
			}
		}
		if err = cs.Err(); err == nil {
			return true, errors.New("MongoDB has ended the change stream: the collection was dropped or renamed")
		}
		token = cs.ResumeToken()
		return true, err
	})
}

// isCommandError tells whether MongoDB itself has said err, and will again.
func isCommandError(err error) bool {
	var reply mongo.CommandError
	return errors.As(err, &reply) && !reply.HasErrorLabel("NetworkError") && !reply.HasErrorLabel("ResumableChangeStreamError")
}

// requests selects the requests that are inserted (socketioxide-mongodb 0.1.5,
// src/drivers/mod.rs: Item).
func requests(namespaces []string) mongo.Pipeline {
	match := bson.D{{Key: "operationType", Value: "insert"}, {Key: "fullDocument.t", Value: "Req"}}
	if len(namespaces) > 0 {
		match = append(match, bson.E{Key: "fullDocument.ns", Value: bson.D{{Key: "$in", Value: namespaces}}})
	}
	return mongo.Pipeline{{{Key: "$match", Value: match}}}
}

// document reads an event of the stream.
func document(event bson.Raw, prefix string) *Message {
	m := &Message{At: time.Now()}
	doc, _ := event.Lookup("fullDocument").DocumentOK()
	namespace, _ := doc.Lookup("ns").StringValueOK()
	server, _ := doc.Lookup("target").StringValueOK()
	m.Channel = namespace
	data, err := numbers(doc.Lookup("data"))
	var req *protocol.Request
	if m.Bytes = len(data); err == nil {
		req, err = protocol.DecodeRequest(data)
	}
	return m.take(req, err, prefix, namespace, server)
}

// numbers reads an array of integers that are bytes.
func numbers(value bson.RawValue) ([]byte, error) {
	array, ok := value.ArrayOK()
	if !ok {
		return nil, errors.New("its data is no array")
	}
	values, err := array.Values()
	if err != nil {
		return nil, fmt.Errorf("its data: %w", err)
	}
	data := make([]byte, len(values))
	for i := range values {
		n, ok := values[i].AsInt64OK()
		if !ok || n < 0 || n > 0xff {
			return nil, fmt.Errorf("its data has something else than a byte at %d", i)
		}
		data[i] = byte(n)
	}
	return data, nil
}

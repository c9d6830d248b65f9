// Package mongodriver lets an emitter talk to a cluster of socketioxide servers
// through MongoDB, on a collection of the official client that the program already
// has.
//
//	client, err := mongo.Connect(options.Client().ApplyURI("mongodb://localhost:27017"))
//	collection := client.Database("app").Collection(mongodriver.Collection)
//	io := emitter.New(mongodriver.New(collection))
//
// A request is a document that is inserted; servers hear of it by their change
// streams. With a context that carries a session, the insert is part of the
// session's transaction: it is heard of when, and only when, that commits.
//
// A request is never there twice: each document has an _id of its own, so that an
// insert that the client library repeats (retryable writes) is one message. After a
// connection broke, emitter.SafeToRetry tells whether it may have arrived.
//
// A question first opens a change stream of the driver's own, which all questions
// share. It holds one connection of the client's pool, is resumed when it was lost
// (WithLogger tells), is kept for 5 minutes beyond the last question, and ended by
// Close. It needs a replica set or a sharded cluster: without one everything that
// is not a question works, and a question gives emitter.ErrUnsupported.
//
// MongoDB does not tell how many servers there are. A question waits for those heard
// of in the last minute, by their answers and, while the stream is open, by their
// heartbeats; the first one waits a second for whoever answers.
package mongodriver

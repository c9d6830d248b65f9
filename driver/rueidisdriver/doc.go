// Package rueidisdriver lets an emitter talk to a cluster of socketioxide servers
// through Redis, on a client of rueidis that the program already has.
//
//	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{"localhost:6379"}})
//	…
//	io := emitter.New(rueidisdriver.New(client))
//
// A standalone or Sentinel client publishes by PUBLISH, as servers with
// socketioxide-redis's redis driver listen; a cluster client by SPUBLISH, as
// servers with its redis-cluster and fred drivers do. Servers with the fred driver
// on a standalone Redis listen to SPUBLISH only: give Sharded.
//
// rueidis does not repeat a publish by itself, so a request is never sent twice:
// after a connection broke, emitter.SafeToRetry tells whether it may have arrived.
//
// A question first subscribes to the channel of its answers. The subscriptions
// share one dedicated connection of the client, on a cluster each has its own, and
// are kept for 5 minutes beyond the last question, restored when they are lost
// (WithLogger tells), and ended by Close. The Redis user needs SUBSCRIBE or
// SSUBSCRIBE, UNSUBSCRIBE or SUNSUBSCRIBE, PING, PUBSUB and the channels.
//
// A call returns when its context ends, with any settings of the client. What is
// under way then is given up by rueidis when Redis has said nothing for
// ConnWriteTimeout (10 s by default).
package rueidisdriver

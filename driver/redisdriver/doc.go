// Package redisdriver lets an emitter talk to a cluster of socketioxide servers
// through Redis, on a client of go-redis that the program already has.
//
//	client := redis.NewClient(&redis.Options{Addr: "localhost:6379"})
//	io := emitter.New(redisdriver.New(client))
//
// A standalone or Sentinel client publishes by PUBLISH, as servers with
// socketioxide-redis's redis driver listen; a cluster client by SPUBLISH, as
// servers with its redis-cluster and fred drivers do. Servers with the fred driver
// on a standalone Redis listen to SPUBLISH only: give Sharded.
//
// A request is never sent twice, whatever MaxRetries of the client says: after a
// connection broke, emitter.SafeToRetry tells whether it may have arrived.
//
// A question first subscribes to the channel of its answers. The subscriptions
// share one connection of their own, on a cluster one for each node, and are kept
// for 5 minutes beyond the last question, restored when they are lost (WithLogger
// tells), and ended by Close. The Redis user needs SUBSCRIBE or SSUBSCRIBE,
// UNSUBSCRIBE or SUNSUBSCRIBE, PING, PUBSUB and the channels.
//
// A call returns when its context ends, with any settings of the client. But
// go-redis itself heeds a deadline only with ContextTimeoutEnabled, and a
// cancellation never: what is under way then keeps its connection until the answer
// or ReadTimeout comes (5 s by default), and a ReadTimeout of -1 keeps it for as
// long as Redis says nothing.
package redisdriver

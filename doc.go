// Package emitter talks to a cluster of Rust socketioxide servers from any Go
// process: it broadcasts events, moves sockets between rooms, disconnects them and
// asks them, through whatever carries messages between the servers.
//
//	io := emitter.New(redisdriver.New(client))
//	err := io.To("news").Except("muted").Emit(ctx, "headline", story)
//
// It also asks, where the driver is a Listener: EmitWithAck waits for the clients'
// answers, Sockets, Rooms and Servers for the servers', and Sync until every server
// has handled what was sent before. A Batch sends bursts no faster than servers and
// clients take them.
//
// An Emitter is a value that builder calls copy and extend; an operation ends
// them. A Driver carries the request to the servers; drivers live in modules of
// their own, so that a program requires only the client that it uses: below driver/
// those for Redis, PostgreSQL, MongoDB, NATS and Kafka, and below outbox/ those that
// keep an operation until package relay has performed it.
//
// The servers of a cluster, its clients and its emitters must use the same
// parser: New is for Socket.IO's default one, NewMsgpack for the msgpack one. The
// package is not for JavaScript servers and their redis-adapter, which speak
// another protocol.
//
// Build tags leave a parser out of the program: nocommon, nomsgpack.
package emitter

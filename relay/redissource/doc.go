// Package redissource lets a relay perform operations that wait in streams of Redis,
// where outbox/redisoutbox puts them:
//
//	src := redissource.New(client)
//
// # The streams
//
// One stream, by default sioxide:outbox, or with [Partitions] several, NAME:{0},
// NAME:{1}, …, over which keys are spread by their hash. An entry has the operation's
// JSON in its field data, and in key the key whose operations keep their order:
//
//	XADD sioxide:outbox * key socket.io#/ data '{"op":"emit","event":"headline"}'
//
// A stream S has its dead letters in the stream {S}:dead, with the fields id, key, data
// and reason, and its claim in {S}:lease (S:dead and S:lease where S has a hash tag, as
// NAME:{0} has), so that on a Redis Cluster all are on one node. With several streams
// {NAME}:relays has the relays that are there.
//
// # Order and several relays
//
// A stream is with one relay at a time, which renews its lease while it lives; when it
// is gone, or stands still, another one has the stream after the time of [Lease]. All
// that touches the stream is a script that looks at the lease first, so that a relay
// that has lost it does no harm. What a relay had fetched and not settled is known to
// the consumer group (all relays are the one consumer "relay" of it) and comes first
// after a takeover. Relays that share the work need a stream each: they take equal
// shares of the partitions, and those beyond stand by. Operations keep the order of
// their entries in a stream.
//
// An entry that is settled is deleted, so a stream serves one group. Trimming a stream
// loses what is trimmed.
//
// # What Redis keeps
//
// Nothing here is safer than Redis is: what it has not persisted is lost when it
// restarts, what it has not replicated when a replica takes over. Group and leases are
// made again when they are lost. Use appendonly with appendfsync always where a power
// failure must not lose an operation; a PostgreSQL outbox knows transactions.
//
// It needs Redis 5.0, standalone, with Sentinel, or a Cluster; scripts; and a
// connection of the client's pool for the wait, on a Cluster one for each stream that
// it holds.
package redissource

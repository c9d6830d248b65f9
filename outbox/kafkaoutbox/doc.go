// Package kafkaoutbox puts operations into a topic of Kafka, from which a relay performs
// them on the cluster, through the client of franz-go that the program already has:
//
//	client, err := kgo.NewClient(kgo.SeedBrokers("broker-1:9092"), kgo.ProducerLinger(0))
//	io := emitter.New(kafkaoutbox.New(client, "outbox"))
//	err := io.To("order:42").Emit(ctx, "paid", order)
//
// A call returns once all replicas have the operation. The builder is the same as with
// a driver of the cluster; what asks, and RequireServers, is emitter.ErrUnsupported:
// nobody answers before the operation is performed.
//
// A client of franz-go waits 10 ms for more records before it writes one, and so does
// each call, unless the client is made with kgo.ProducerLinger(0).
//
// A record's key is the operation's, by default its prefix and namespace, its value the
// JSON of package outbox. Operations of one key are performed in the order in which
// Kafka took them, so the client's partitioner must give a key to one partition, as
// the default does. [outbox.WithKey] spreads them by room, say.
//
// The topic is that of package kafkasource in module relay, which tells how to create
// it.
package kafkaoutbox

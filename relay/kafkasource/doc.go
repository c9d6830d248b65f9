// Package kafkasource is a [relay.Source] of a topic of Kafka: a consumer group, whose
// partitions are shared by the relays that are members of it.
//
//	source, err := kafkasource.New([]kgo.Opt{kgo.SeedBrokers("localhost:9092")}, "outbox", "relay")
//
// The topic has to be there, with as many partitions as relays are ever to share the
// work:
//
//	kafka-topics.sh --bootstrap-server localhost:9092 --create --topic outbox --partitions 6
//
// Order is kept in each partition, and so for each key. The position of a partition is
// committed when messages are settled, synchronously and never beyond one that is not
// settled: what a relay held when it was killed comes again, to another one 6 to 9
// seconds later (SessionTimeout of the options changes that). Before a partition moves
// to another member, what was fetched of it is waited for, so that nothing is performed
// twice when members come and go. A member that stood still for longer than its session
// finds its messages with another one, and passes over them in Settle.
//
// Dead letters are produced to the topic NAME.dead before the commit, acknowledged by
// all replicas: the same key and value, with the headers of [HeaderReason] and the
// others. A topic that is missing is created with the broker's defaults.
//
// The topic's retention must be longer than a relay may be away: what Kafka deletes is
// gone.
package kafkasource

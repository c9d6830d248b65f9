// Package kafkadriver lets an emitter talk to a cluster of socketioxide servers through
// Kafka, on a client of franz-go that the program already has. The servers need a driver
// for Kafka; docs/protocol.md says what is on the wire.
//
//	client, err := kgo.NewClient(kgo.SeedBrokers("localhost:9092"))
//	if err != nil {
//		log.Fatal(err)
//	}
//	defer client.Close()
//	driver := kafkadriver.New(client)
//	defer driver.Close()
//	io := emitter.New(driver)
//	if err := io.To("news").Emit(ctx, "headline", "It works"); err != nil {
//		log.Print(err)
//	}
//
// A request is a record on the topic of the prefix. A nil error means that all in-sync
// replicas have it. It is there once, and in the order of its channel: writes must be
// idempotent and keys stay together, as they do by default; New refuses other clients.
//
// A call returns when its context ends. What the client has not sent by then is dropped,
// and the error is marked so (emitter.SafeToRetry); what it has sent, it repeats until a
// broker answers, so that it may arrive much later. After a broker was gone for long, as
// many messages may come late as the client holds (MaxBufferedRecords); its
// RecordDeliveryTimeout bounds what it has not sent yet.
//
// A question first opens a client of the driver's own, with the connection's options of
// the user's, in no consumer group. It reads everything on the topic, every event
// included, from the ends of its partitions on: that is the cost of asking. It is shared
// by all questions of a prefix, keeps its positions while connections are lost
// (WithLogger tells), finds new partitions within 5 s, is kept for 5 minutes beyond the
// last question, and ended by Close. Rights: Write, IdempotentWrite, and Describe on the
// topic; for questions Read as well.
//
// Kafka does not tell how many servers there are. A question waits for those heard of:
// servers answer, and say every 3 s that they are there; the first question in a
// namespace waits a second for whoever answers.
package kafkadriver

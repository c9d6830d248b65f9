// Package jetstreamsource is a [relay.Source] of a stream of NATS JetStream, whose
// subjects are shared by the relays that read it.
//
//	js, err := jetstream.New(conn)
//	source := jetstreamsource.New(js, "OUTBOX")
//
// The stream has the subjects NAME.0, NAME.1, … and no others; how many there are is
// for how many relays can share the work, and both sides read it from the stream:
//
//	nats stream add OUTBOX --subjects outbox.0,outbox.1,outbox.2,outbox.3 --storage file --retention limits --defaults
//
// Package jetstreamoutbox writes each operation on the subject that its key belongs to.
// Messages carry the key in the header of [HeaderKey].
//
// The stream is a queue: what is settled is removed from it, by a purge of its subject
// up to that message, so that what is there is what waits, and the position can't be
// wrong. There is no durable consumer: with one, messages that a dead relay held would
// be delivered again one by one, each when its own time is over, behind later ones of
// their key. A relay reads through a consumer that lives as long as its claims.
//
// A subject is with one relay at a time, by a lease: a key of a bucket of JetStream's
// key-value store that the server forgets after 6 seconds and that its holder renews
// every second. A relay that is killed is replaced after 6 to 8 seconds. One that
// stood still for longer knows by its own clock that its leases are over, and passes
// over what it held. Each relay has its share of the subjects; one that has more gives
// up what it holds nothing of. The bucket has the stream's name and "-relays", and is
// created with the stream's number of replicas.
//
// Dead letters are published on NAME.dead with the same data, and headers of
// [HeaderReason] and the others. If no stream has that subject, one is created with the
// name of the source's and "-dead".
package jetstreamsource

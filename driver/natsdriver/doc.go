// Package natsdriver lets an emitter talk to a cluster of socketioxide servers through
// NATS, on a connection of nats.go that the program already has.
//
//	conn, err := nats.Connect("nats://localhost:4222")
//	if err != nil {
//		log.Fatal(err)
//	}
//	defer conn.Close()
//	driver := natsdriver.New(conn)
//	defer driver.Close()
//	io := emitter.New(driver)
//	if err := io.To("news").Emit(ctx, "headline", "It works"); err != nil {
//		log.Print(err)
//	}
//
// socketioxide has no adapter for NATS: the servers run that of Redis on a driver that
// carries its channels as subjects, as docs/protocol.md specifies in "Kafka and NATS,
// version 1". Subject tells them. It is core NATS, without JetStream: nothing is kept for
// a server that is away.
//
// An Emit that returns nil has been taken by nats-server: the driver waits for its PONG
// behind the message, which concurrent calls share. It waits for 10 s at most, and for
// less than the connection's FlusherTimeout. While the connection is away, nothing is
// given to the client, which would buffer it and deliver it at any time later: calls fail
// at once, and emitter.SafeToRetry holds. When the connection is lost before the PONG,
// the message is in doubt: it may have been delivered, and in the rare case that the
// client had not noticed the loss when it took the message, it will be when the connection
// is back.
//
// A message that the server refuses, because the NATS user may not publish there, is the
// error of the call that sent it, and the connection's ErrorHandler hears of it as always.
// The client tells only of the last refusal in a round trip: where one of several subjects
// in it was refused, calls for the others are in doubt, once; from then on that subject
// goes apart.
//
// A question first subscribes to the subject of its answers, and to what servers say of
// themselves, on the same connection; both are kept for 5 minutes beyond the last
// question, made again by nats.go after a loss, and ended by Close. That nobody listens
// is told by NATS at once: emitter.ErrNoServers. Otherwise a question waits for every
// server heard of. The NATS user needs to publish on PREFIX.request.> and
// PREFIX.presence, and to subscribe to PREFIX.response.>, PREFIX.presence and _INBOX.>.
package natsdriver

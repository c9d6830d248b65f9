// Package jetstreamoutbox puts operations into a stream of NATS JetStream, from which a
// relay performs them on the cluster, through the connection that the program already
// has:
//
//	js, err := jetstream.New(conn)
//	io := emitter.New(jetstreamoutbox.New(js, "OUTBOX"))
//	err = io.To("order:42").Emit(ctx, "paid", order)
//
// A call returns once the stream has the operation. The builder is the same as with a
// driver of the cluster; what asks, and RequireServers, is emitter.ErrUnsupported:
// nobody answers before the operation is performed.
//
// The stream has the subjects NAME.0 to NAME.N-1, which the driver reads from it; an
// operation goes to the one of its key, by FNV-1a of it in 32 bits modulo N. Operations
// of one key, by default of one prefix and namespace, are performed in the order in
// which the stream took them; [outbox.WithKey] spreads them by room, say. The header
// Sioxide-Key has the key, as url.PathEscape writes it, and Nats-Msg-Id the operation's
// id, so that what is published twice within the stream's duplicate window is there
// once. The data is the JSON of package outbox.
//
// The stream is that of package jetstreamsource in module relay, which tells how to
// create it. Its number of subjects must not change while programs write to it: one
// that has read the old number would publish beside it.
package jetstreamoutbox

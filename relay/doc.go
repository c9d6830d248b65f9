// Package relay performs durable operations on a cluster: it reads them from a
// [Source], such as a topic of Kafka, and does what they say through any driver, at
// least once and in order for each key.
//
//	r := relay.New(source, driver, relay.WithLogger(slog.Default()))
//	go http.ListenAndServe("localhost:9090", r.Handler())
//	err := r.Run(ctx)
//
// A round fetches messages, performs their operations through a batch with the driver's
// windows, asks the servers whether they took everything, and only then settles the
// messages. What comes twice within the memory for ids is performed once; what is
// refused, can't be decoded, or fails again and again while its cluster answers becomes
// a dead letter with the reason. While the cluster fails the relay waits, longer each
// time, and after half a minute gives its messages back, so that another relay can try.
//
// "Took" is what [emitter.Emitter.Sync] means by it: every server that was subscribed
// has taken everything from its queue. Servers that lost their subscription are missing
// in the count that travels behind each window; then the window's operations are
// performed again when as many servers as before are there, or after ServerGrace.
//
// A namespace that fails by itself, for one without servers, holds up only its own
// operations and those of their keys.
package relay

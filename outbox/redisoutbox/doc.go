// Package redisoutbox puts operations into a stream of Redis, from which a relay
// performs them on the cluster, through the client of go-redis that the program
// already has: standalone, with Sentinel, or of a Cluster.
//
//	io := emitter.New(redisoutbox.New(client))
//	err := io.To("order:42").Emit(ctx, "paid", order)
//
// [NewPipe] adds them to a pipeline or a MULTI of the program's own.
//
// The builder is the same as with a driver of the cluster. What asks, and
// RequireServers, is emitter.ErrUnsupported: nobody answers before the operation is
// performed. A Batch adds all of its operations in one round trip.
//
// An entry is `XADD NAME * key KEY data JSON`. It is as safe as Redis keeps it:
// package redissource of module relay says more, and which names the streams have.
// Operations of one key, by default of one prefix and namespace, are performed in the
// order in which Redis took them.
package redisoutbox

package emitter

import (
	"context"

	"github.com/sioxide/emitter/protocol"
)

// Driver carries requests to the servers of a cluster. Drivers for Redis are in
// the modules driver/redisdriver and driver/rueidisdriver; PublishFunc makes one
// of a function.
type Driver interface {
	// Send hands req over and returns how many servers took it, or -1 where the
	// backend can't tell; for a request that is answered, how many will answer. req
	// and all that it points to are the caller's again when Send returns: Clone what
	// you keep, change nothing. An error does not mean that nothing was sent, unless
	// it is marked by NotSent.
	//
	// For a request with Count set, a driver that can't count in the same round trip
	// returns ErrUnsupported before it sends anything.
	Send(ctx context.Context, req *protocol.Request) (servers int, err error)
}

// BulkDriver is a Driver that can send many requests at once.
type BulkDriver interface {
	Driver

	// SendAll sends reqs, in order per channel, in as few round trips as it can.
	// servers[i] and errs[i] belong to reqs[i]; the returned error is the first of
	// errs. All that Send says holds for each request.
	SendAll(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) error
}

// WireDriver is a Driver that sends each request as protocol.Request.AppendMsgpack
// writes it. A Batch then records requests in that form (Raw), which saves a copy.
type WireDriver interface {
	Driver

	// SendsWire does nothing: it tells that Raw is all that Send and SendAll need
	// beside Prefix, Namespace and Server.
	SendsWire()
}

// unwrapper is what a driver around another one implements.
type unwrapper interface{ Unwrap() Driver }

// driverAs finds the first driver in the chain of d that is a T, as errors.As
// does for errors.
func driverAs[T any](d Driver) (T, bool) {
	for d != nil {
		if t, ok := d.(T); ok {
			return t, true
		}
		w, ok := d.(unwrapper)
		if !ok {
			break
		}
		d = w.Unwrap()
	}
	var none T
	return none, false
}

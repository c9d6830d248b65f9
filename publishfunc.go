package emitter

import (
	"context"
	"sync"

	"github.com/sioxide/emitter/protocol"
)

// PublishFunc makes a Driver of any function that publishes bytes on a channel,
// in the Redis adapter's form: choose it when a client of yours can publish and no
// driver exists for it. The function must not keep data after it returns. It can't
// count servers, so RequireServers gives ErrUnsupported.
type PublishFunc func(ctx context.Context, channel string, data []byte) error

var _ Driver = PublishFunc(nil)

// Send publishes the wire form of req on its channel and returns -1.
func (f PublishFunc) Send(ctx context.Context, req *protocol.Request) (int, error) {
	if f == nil {
		return -1, NotSent(ErrNoDriver)
	}
	if req.Count {
		return -1, NotSent(refuse(ErrUnsupported, "a PublishFunc can't count servers; use a driver that can, or no RequireServers"))
	}
	buf := wirePool.Get().(*[]byte)
	data := req.AppendMsgpack((*buf)[:0])
	if err := f(ctx, RequestChannel(req.Prefix, req.Namespace, req.Server), data); err != nil {
		return -1, err // the client may still hold data: it is left to the collector
	}
	if cap(data) <= maxPooledWire {
		*buf = data
		wirePool.Put(buf)
	}
	return -1, nil
}

// maxPooledWire keeps a rare large message from staying in memory for ever.
const maxPooledWire = 1 << 20

var wirePool = sync.Pool{New: func() any { return new([]byte) }}

// RequestChannel returns the name of the Redis channel on which the servers of a
// namespace take requests; server is "" for all servers, or the id of one
// (socketioxide-redis, src/lib.rs: get_req_chan).
func RequestChannel(prefix, namespace, server string) string {
	if server == "" {
		return prefix + "-request#" + namespace + "#"
	}
	return prefix + "-request#" + namespace + "#" + server + "#"
}

// ResponseChannel returns the name of the Redis channel on which answers come
// back to the process node (socketioxide-redis, src/lib.rs: get_res_chan).
func ResponseChannel(prefix, namespace, node string) string {
	return prefix + "-response#" + namespace + "#" + node + "#"
}

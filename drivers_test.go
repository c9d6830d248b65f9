package emitter_test

import (
	"context"

	"github.com/sioxide/emitter/protocol"
)

// counting is a driver that reports so many servers.
type counting int

func (n counting) Send(context.Context, *protocol.Request) (int, error) { return int(n), nil }

// failing is a driver that fails.
type failing struct{ err error }

func (f failing) Send(context.Context, *protocol.Request) (int, error) { return -1, f.err }

// discard encodes a request and forgets it, as a driver whose backend is free.
type discard struct{ buf []byte }

func (d *discard) Send(_ context.Context, req *protocol.Request) (int, error) {
	d.buf = req.AppendMsgpack(d.buf[:0])
	return -1, nil
}

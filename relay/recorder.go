package relay

import (
	"context"
	"errors"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// recorder is the batch, and knows whose each request is.
type recorder struct {
	*emitter.Batch
	item   *item   // that is performed
	owners []*item // of what was recorded since the last reset
}

// Unwrap returns the batch.
func (r *recorder) Unwrap() emitter.Driver { return r.Batch }

func (r *recorder) Send(ctx context.Context, req *protocol.Request) (int, error) {
	n, err := r.Batch.Send(ctx, req)
	if err == nil || errors.As(err, new(*emitter.BatchError)) {
		r.owners = append(r.owners, r.item)
	}
	return n, err
}

func (r *recorder) reset() {
	r.Reset()
	clear(r.owners)
	r.owners = r.owners[:0]
}

//go:build !nocommon || !nomsgpack

package outbox

import (
	"context"
	"fmt"

	"github.com/sioxide/emitter"
)

func (o *Operation) emit(ctx context.Context, e emitter.Emitter) error {
	args, err := o.values()
	if err != nil {
		return emitter.NotSent(fmt.Errorf("outbox: perform: %w", err))
	}
	return e.Emit(ctx, o.Event, args...)
}

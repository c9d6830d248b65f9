//go:build !nocommon || !nomsgpack

package emitter

import "context"

// Emit sends an event to the socket; all that Emitter.Emit says holds.
func (s Socket) Emit(ctx context.Context, event string, args ...any) error {
	return s.io.Emit(ctx, event, args...)
}

// EmitWithAck sends an event to the socket and waits for its answer; all that
// Emitter.EmitWithAck says holds.
func (s Socket) EmitWithAck(ctx context.Context, event string, args ...any) (*Acks, error) {
	return s.io.EmitWithAck(ctx, event, args...)
}

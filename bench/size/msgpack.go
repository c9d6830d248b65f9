//go:build nocommon && !nomsgpack

package main

import (
	"context"

	"github.com/sioxide/emitter"
)

func say(ctx context.Context, d emitter.Driver) error {
	return emitter.NewMsgpack(d).Emit(ctx, "hello", map[string]any{"n": 1})
}

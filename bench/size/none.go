//go:build nocommon && nomsgpack

package main

import (
	"context"

	"github.com/sioxide/emitter"
)

func say(ctx context.Context, d emitter.Driver) error {
	return emitter.New(d).Join(ctx, "hello")
}

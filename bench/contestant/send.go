package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/sioxide/emitter"
)

func readyRedis(c *contestant, in input) (operation, int, error) {
	d, err := c.redisDriver(in)
	if err != nil {
		return nil, 0, err
	}
	return readySend(d, in)
}

func readyRueidis(c *contestant, in input) (operation, int, error) {
	d, err := c.rueidisDriver(in)
	if err != nil {
		return nil, 0, err
	}
	return readySend(d, in)
}

// readySend emits through a driver: in batches, or so many at once.
func readySend(d emitter.Driver, in input) (operation, int, error) {
	_, size, err := readyEncode(nil, in)
	if err != nil {
		return nil, 0, err
	}
	value, err := in.value()
	if err != nil {
		return nil, 0, err
	}
	ctx, args := context.Background(), []any{value}
	if in.Batch > 0 {
		return sendBatches(ctx, d, in, args), size, nil
	}
	io := in.emitter(d)
	return together(in.AtOnce, func() error { return io.Emit(ctx, "event", args...) }), size, nil
}

// batchBytes holds the largest batch.
const batchBytes = 256 << 20

func sendBatches(ctx context.Context, d emitter.Driver, in input, args []any) operation {
	b := emitter.NewBatch(d, emitter.MaxBytes(batchBytes))
	io := in.emitter(b)
	return func(n int) error {
		for n > 0 {
			for range min(n, in.Batch) {
				if err := io.Emit(ctx, "event", args...); err != nil {
					return err
				}
			}
			if err := b.Flush(ctx); err != nil {
				return err
			}
			n -= in.Batch
		}
		return nil
	}
}

// together shares n calls among so many goroutines.
func together(goroutines int, once func() error) operation {
	if goroutines <= 1 {
		return repeat(once)
	}
	return func(n int) error {
		var next atomic.Int64
		var wg sync.WaitGroup
		errs := make([]error, goroutines)
		for g := range goroutines {
			wg.Go(func() {
				for next.Add(1) <= int64(n) {
					if errs[g] = once(); errs[g] != nil {
						return
					}
				}
			})
		}
		wg.Wait()
		return errors.Join(errs...)
	}
}

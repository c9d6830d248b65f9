package redisoutbox

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/outbox"
	"github.com/sioxide/emitter/protocol"
)

var _ emitter.BulkDriver = (*Driver)(nil)

// Driver adds operations to a stream. It is safe for concurrent use where its client
// is. A call returns at the end of its context or of the client's timeouts, whichever
// the client looks at: see ContextTimeoutEnabled of go-redis.
type Driver struct {
	config
	client redis.UniversalClient // nil: pipe
	pipe   redis.Pipeliner
	err    error // what New found wrong; returned by each call
}

// New makes a driver on client, which must outlive it and is never closed by it.
// A *redis.Ring gives emitter.ErrUnsupported and a nil client emitter.ErrNoDriver, both
// from each call of Send.
func New(client redis.UniversalClient, opts ...Option) *Driver {
	d := &Driver{client: client}
	if d.config, d.err = configOf(opts); d.err == nil {
		d.err = checkClient(client)
	}
	return d
}

// NewPipe makes a driver that adds operations to a pipeline, or to a MULTI, which
// TxPipeline makes: Send only queues them, and pipe.Exec executes them with the
// program's own commands and tells of their errors. Within a MULTI on a Cluster the
// stream's slot must be that of the other keys.
func NewPipe(pipe redis.Pipeliner, opts ...Option) *Driver {
	d := &Driver{pipe: pipe}
	if d.config, d.err = configOf(opts); d.err == nil && pipe == nil {
		d.err = fmt.Errorf("%w: NewPipe was given a nil pipeline", emitter.ErrNoDriver)
	}
	return d
}

func checkClient(client redis.UniversalClient) error {
	isNil := client == nil
	switch c := client.(type) {
	case *redis.Client:
		isNil = c == nil
	case *redis.ClusterClient:
		isNil = c == nil
	case *redis.Ring:
		return fmt.Errorf("%w: a *redis.Ring spreads streams over Redis servers that know nothing of each other; use the client of the one that the relay reads", emitter.ErrUnsupported)
	}
	if isNil {
		return fmt.Errorf("%w: New was given a nil client", emitter.ErrNoDriver)
	}
	return nil
}

// add is an XADD that go-redis does not repeat by itself.
type add struct {
	*redis.StringCmd
	stream string
}

// NoRetry tells go-redis not to run the command again.
func (add) NoRetry() bool { return true }

func (d *Driver) newAdd(ctx context.Context, e outbox.Entry) add {
	stream := outbox.StreamOf(d.stream, d.partitions, e.Key)
	return add{redis.NewStringCmd(ctx, "xadd", stream, "*", "key", e.Key, "data", e.Data), stream}
}

// Send adds the operation that req is. It returns -1. What the outbox can't take is
// marked by emitter.NotSent, and so is what Redis refused.
func (d *Driver) Send(ctx context.Context, req *protocol.Request) (int, error) {
	if err := d.ready(ctx); err != nil {
		return -1, prefixed(err)
	}
	e, err := outbox.Encode(req, d.entry...)
	if err != nil {
		return -1, prefixed(err)
	}
	cmd := d.newAdd(ctx, e)
	if d.pipe != nil {
		return -1, prefixed(d.pipe.Process(ctx, cmd))
	}
	return -1, prefixed(cmd.failed(ctx, d.client.Process(ctx, cmd)))
}

// maxPart is the most bytes that one pipeline carries, unless a single operation has
// more.
const maxPart = 1 << 20

// SendAll adds reqs in pipelines of at most 1 MiB, in order; those that the outbox
// can't take have their own error and do not keep out others. When a pipeline fails
// because of its connection, what was to follow is not sent.
func (d *Driver) SendAll(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) error {
	if err := d.ready(ctx); err != nil {
		for i := range reqs {
			errs[i] = err
		}
	} else {
		outbox.EncodeAll(reqs, errs, maxPart, func(part []outbox.Entry, failed []error) error { return d.exec(ctx, part, failed) }, d.entry...)
	}
	var first error
	for i := range reqs {
		if servers[i], errs[i] = -1, prefixed(errs[i]); first == nil {
			first = errs[i]
		}
	}
	return first
}

// exec runs commands in one round trip. It returns what keeps the rest from being
// sent, if anything does.
func (d *Driver) exec(ctx context.Context, part []outbox.Entry, failed []error) (broken error) {
	pipe := d.pipe
	if pipe == nil {
		pipe = d.client.Pipeline()
	}
	cmds := make([]add, len(part))
	for i, e := range part {
		cmds[i] = d.newAdd(ctx, e)
		_ = pipe.Process(ctx, cmds[i]) // it is queued
	}
	if d.pipe != nil {
		return nil
	}
	_, _ = pipe.Exec(ctx) // each has its own error
	for i, cmd := range cmds {
		err := cmd.Err()
		failed[i] = cmd.failed(ctx, err)
		if err != nil && !isReply(err) && broken == nil {
			broken = emitter.NotSent(fmt.Errorf("those before it were not added: %w", err))
		}
	}
	return broken
}

func (d *Driver) ready(ctx context.Context) error {
	err := emitter.ErrNoDriver
	switch {
	case d == nil:
	case d.err != nil:
		err = d.err
	default:
		err = ctx.Err()
	}
	return emitter.NotSent(err)
}

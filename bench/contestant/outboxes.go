package main

import (
	"bytes"
	"context"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/outbox"
	"github.com/sioxide/emitter/outbox/jetstreamoutbox"
	"github.com/sioxide/emitter/outbox/kafkaoutbox"
	"github.com/sioxide/emitter/outbox/pgxoutbox"
	"github.com/sioxide/emitter/outbox/redisoutbox"
	"github.com/sioxide/emitter/protocol"
)

// Where outboxes and bare clients write: the same, so that both meet the same indexes,
// triggers and replicas. The coordinator makes table and stream.
const (
	outboxTopic   = "outbox"
	outboxStream  = "OUTBOX"
	outboxSubject = "outbox.0"
)

// keeper is a driver that says how long the last operation was.
type keeper struct{ bytes int }

func (k *keeper) Send(_ context.Context, req *protocol.Request) (int, error) {
	e, err := outbox.Encode(req)
	k.bytes = len(e.Data)
	return -1, err
}

// readyOperation encodes an operation as outboxes do.
func readyOperation(_ *contestant, in input) (operation, int, error) {
	value, err := in.value()
	if err != nil {
		return nil, 0, err
	}
	var k keeper
	io, ctx := in.emitter(&k), context.Background()
	err = io.Emit(ctx, "event", value)
	return repeat(func() error { return io.Emit(ctx, "event", value) }), k.bytes, err
}

func readyPgxOutbox(c *contestant, in input) (operation, int, error) {
	pool, err := c.pool(in)
	if err != nil {
		return nil, 0, err
	}
	return readySend(pgxoutbox.New(pool), in)
}

// readyBareInsert inserts one row in a statement, in a batch so many in one statement.
func readyBareInsert(c *contestant, in input) (operation, int, error) {
	pool, err := c.pool(in)
	if err != nil {
		return nil, 0, err
	}
	ctx, data := context.Background(), strings.Repeat("x", in.Size)
	insert := func(n int) error {
		_, err := pool.Exec(ctx, "insert into "+outbox.DefaultTable+" (key, data) select 'bench', $1::text from generate_series(1, $2::int)", data, n)
		return err
	}
	if in.Batch > 0 {
		return batches(in.Batch, insert), in.Size, nil
	}
	return together(in.AtOnce, func() error { return insert(1) }), in.Size, nil
}

func readyRedisOutbox(c *contestant, in input) (operation, int, error) {
	client, err := c.goRedis(in)
	if err != nil {
		return nil, 0, err
	}
	return readySend(redisoutbox.New(client), in)
}

// readyBareXAdd adds one entry, in a batch so many in a pipeline.
func readyBareXAdd(c *contestant, in input) (operation, int, error) {
	client, err := c.goRedis(in)
	if err != nil {
		return nil, 0, err
	}
	ctx, values := context.Background(), []any{"key", "bench", "data", strings.Repeat("x", in.Size)}
	add := func(n int) error {
		if n == 1 {
			return client.XAdd(ctx, &redis.XAddArgs{Stream: outbox.DefaultStream, Values: values}).Err()
		}
		_, err := client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for range n {
				p.XAdd(ctx, &redis.XAddArgs{Stream: outbox.DefaultStream, Values: values})
			}
			return nil
		})
		return err
	}
	if in.Batch > 0 {
		return batches(in.Batch, add), in.Size, nil
	}
	return together(in.AtOnce, func() error { return add(1) }), in.Size, nil
}

func readyKafkaOutbox(c *contestant, in input) (operation, int, error) {
	client, err := c.kafkaClient(in)
	if err != nil {
		return nil, 0, err
	}
	return readySend(kafkaoutbox.New(client, outboxTopic), in)
}

func readyJetStreamOutbox(c *contestant, in input) (operation, int, error) {
	js, err := c.jetStream(in)
	if err != nil {
		return nil, 0, err
	}
	d, err := open(&c.drivers, driverKey("jetstreamoutbox", in), func() (emitter.Driver, error) {
		return jetstreamoutbox.New(js, outboxStream), nil
	})
	if err != nil {
		return nil, 0, err
	}
	return readySend(d, in)
}

// readyBareJetStream publishes one and waits for its acknowledgement, in a batch for all.
func readyBareJetStream(c *contestant, in input) (operation, int, error) {
	js, err := c.jetStream(in)
	if err != nil {
		return nil, 0, err
	}
	ctx, data := context.Background(), bytes.Repeat([]byte("x"), in.Size)
	if in.Batch > 0 {
		return batches(in.Batch, func(n int) error { return publishAll(js, data, n) }), in.Size, nil
	}
	return together(in.AtOnce, func() error {
		_, err := js.Publish(ctx, outboxSubject, data)
		return err
	}), in.Size, nil
}

func publishAll(js jetstream.JetStream, data []byte, n int) error {
	acks := make([]jetstream.PubAckFuture, n)
	for i := range acks {
		var err error
		if acks[i], err = js.PublishAsync(outboxSubject, data); err != nil {
			return err
		}
	}
	for _, ack := range acks {
		select {
		case <-ack.Ok():
		case err := <-ack.Err():
			return err
		}
	}
	return nil
}

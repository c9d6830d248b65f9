package main

import (
	"bytes"
	"context"

	"github.com/nats-io/nats.go"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/kafkadriver"
	"github.com/sioxide/emitter/driver/natsdriver"
)

// A bare client's topic or subject is bench's own; nobody reads it.

func readyKafka(c *contestant, in input) (operation, int, error) {
	d, err := open(&c.drivers, driverKey("kafkadriver", in), func() (emitter.Driver, error) {
		client, err := c.kafkaClient(in)
		if err != nil {
			return nil, err
		}
		return kafkadriver.New(client), nil
	})
	if err != nil {
		return nil, 0, err
	}
	return readySend(d, in)
}

// readyBareKafka produces records of the same size with one key and waits for each, in a
// batch for all.
func readyBareKafka(c *contestant, in input) (operation, int, error) {
	client, err := c.kafkaClient(in)
	if err != nil {
		return nil, 0, err
	}
	ctx, key, value := context.Background(), []byte("bench"), bytes.Repeat([]byte("x"), in.Size)
	produce := func(n int) error {
		records := make([]*kgo.Record, n)
		for i := range records {
			records[i] = &kgo.Record{Topic: "bench", Key: key, Value: value}
		}
		return client.ProduceSync(ctx, records...).FirstErr()
	}
	if in.Batch > 0 {
		return batches(in.Batch, produce), in.Size, nil
	}
	return together(in.AtOnce, func() error { return produce(1) }), in.Size, nil
}

func readyNATS(c *contestant, in input) (operation, int, error) {
	d, err := open(&c.drivers, driverKey("natsdriver", in), func() (emitter.Driver, error) {
		conn, err := c.natsConn(in)
		if err != nil {
			return nil, err
		}
		return natsdriver.New(conn), nil
	})
	if err != nil {
		return nil, 0, err
	}
	return readySend(d, in)
}

// readyBareNATS publishes messages of the same size and flushes behind each, in a batch
// behind all.
func readyBareNATS(c *contestant, in input) (operation, int, error) {
	publish, conn, err := c.barePublish(in)
	if err != nil {
		return nil, 0, err
	}
	confirmed := func(n int) error {
		for range n {
			if err := publish(); err != nil {
				return err
			}
		}
		return conn.Flush()
	}
	if in.Batch > 0 {
		return batches(in.Batch, confirmed), in.Size, nil
	}
	return together(in.AtOnce, func() error { return confirmed(1) }), in.Size, nil
}

// readyUnconfirmedNATS publishes and never asks; what the client has buffered when the
// calls are over is flushed, so that it counts.
func readyUnconfirmedNATS(c *contestant, in input) (operation, int, error) {
	publish, conn, err := c.barePublish(in)
	if err != nil {
		return nil, 0, err
	}
	all := together(in.AtOnce, publish)
	return func(n int) error {
		if err := all(n); err != nil {
			return err
		}
		return conn.Flush()
	}, in.Size, nil
}

func (c *connections) barePublish(in input) (publish func() error, conn *nats.Conn, err error) {
	if conn, err = c.natsConn(in); err != nil {
		return nil, nil, err
	}
	data := bytes.Repeat([]byte("x"), in.Size)
	return func() error { return conn.Publish("bench", data) }, conn, nil
}

// batches does n in parts of a size.
func batches(size int, do func(n int) error) operation {
	return func(n int) error {
		for ; n > 0; n -= size {
			if err := do(min(n, size)); err != nil {
				return err
			}
		}
		return nil
	}
}

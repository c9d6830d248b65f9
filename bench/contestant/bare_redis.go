package main

import (
	"bytes"
	"context"

	"github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"

	"github.com/sioxide/emitter"
)

// channel is the one that emits go to.
var channel = emitter.RequestChannel(emitter.DefaultPrefix, "/", "")

// readyBareRedis publishes messages of the same size with go-redis itself: a batch
// is a pipeline, and what is at once shares the client's pool of connections.
func readyBareRedis(c *contestant, in input) (operation, int, error) {
	client, err := c.goRedis(in)
	if err != nil {
		return nil, 0, err
	}
	ctx, messages := context.Background(), different(in)
	publish := func(to redis.Cmdable, message []byte) *redis.IntCmd {
		if in.Sharded {
			return to.SPublish(ctx, channel, message)
		}
		return to.Publish(ctx, channel, message)
	}
	if in.Batch == 0 {
		return together(in.AtOnce, func() error { return publish(client, messages[0]).Err() }), in.Size, nil
	}
	return func(n int) error {
		for ; n > 0; n -= in.Batch {
			pipeline := client.Pipeline()
			for i := range min(n, in.Batch) {
				publish(pipeline, messages[i])
			}
			if _, err := pipeline.Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	}, in.Size, nil
}

// different are the messages of a batch, each in memory of its own, as a batch's are.
func different(in input) [][]byte {
	messages := make([][]byte, max(in.Batch, 1))
	for i := range messages {
		messages[i] = bytes.Repeat([]byte("x"), in.Size)
	}
	return messages
}

// readyBareRueidis does the same with rueidis, which pipelines what is at once.
func readyBareRueidis(c *contestant, in input) (operation, int, error) {
	client, err := c.rueidisClient(in)
	if err != nil {
		return nil, 0, err
	}
	ctx, messages := context.Background(), different(in)
	command := func(message string) rueidis.Completed {
		if in.Sharded {
			return client.B().Spublish().Channel(channel).Message(message).Build()
		}
		return client.B().Publish().Channel(channel).Message(message).Build()
	}
	if in.Batch == 0 {
		return together(in.AtOnce, func() error { return client.Do(ctx, command(rueidis.BinaryString(messages[0]))).Error() }), in.Size, nil
	}
	return func(n int) error {
		commands := make([]rueidis.Completed, 0, in.Batch)
		for ; n > 0; n -= in.Batch {
			commands = commands[:0]
			for i := range min(n, in.Batch) {
				commands = append(commands, command(rueidis.BinaryString(messages[i])))
			}
			for _, reply := range client.DoMulti(ctx, commands...) {
				if err := reply.Error(); err != nil {
					return err
				}
			}
		}
		return nil
	}, in.Size, nil
}

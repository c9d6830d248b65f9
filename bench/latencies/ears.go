package latencies

import (
	"context"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go"
	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/kafkadriver"
	"github.com/sioxide/emitter/driver/natsdriver"
	"github.com/sioxide/emitter/driver/pgxdriver"
	"github.com/sioxide/emitter/protocol"
)

// Each of these listens to the channel of all servers of the default namespace as a
// server does, until stop is called.

var channel = emitter.RequestChannel(emitter.DefaultPrefix, "/", "")

// listenRedis also answers probes, with which a relay asks who is there.
func listenRedis(ctx context.Context, client *redis.Client, e *ear) (stop func(), err error) {
	sub := client.Subscribe(ctx, channel)
	if _, err := sub.Receive(ctx); err != nil {
		return nil, fmt.Errorf("subscribe: %w", err)
	}
	id, messages := protocol.NewID(), sub.Channel(redis.WithChannelSize(10_000))
	var wg sync.WaitGroup
	wg.Go(func() {
		for m := range messages {
			req, err := protocol.DecodeRequest([]byte(m.Payload))
			if err != nil {
				continue // what is missing then is counted
			}
			e.take(req)
			if req.Type == protocol.AllRooms {
				answer := protocol.Response{Request: req.ID, Server: id, Kind: protocol.KindRooms}
				client.Publish(ctx, emitter.ResponseChannel(emitter.DefaultPrefix, "/", req.Node.String()), answer.AppendAddressed(nil))
			}
		}
	})
	return func() { _ = sub.Close(); wg.Wait() }, nil
}

func listenPostgres(ctx context.Context, url string, e *ear) (stop func(), err error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("connect to listen: %w", err)
	}
	if _, err := conn.Exec(ctx, "listen "+pgxdriver.Channel(emitter.DefaultPrefix, "/", "")); err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			n, err := conn.WaitForNotification(ctx)
			if err != nil {
				return
			}
			if decoded, err := pgxdriver.Decode(n.Payload); err == nil && decoded.Request != nil {
				e.take(decoded.Request)
			}
		}
	})
	return func() { cancel(); wg.Wait(); _ = conn.Close(context.WithoutCancel(ctx)) }, nil
}

func listenNATS(conn *nats.Conn, e *ear) (stop func(), err error) {
	subject, err := natsdriver.Subject(emitter.DefaultPrefix, channel)
	if err != nil {
		return nil, err
	}
	sub, err := conn.Subscribe(subject, func(m *nats.Msg) {
		if req, err := protocol.DecodeRequest(m.Data); err == nil {
			e.take(req)
		}
	})
	if err == nil {
		err = conn.Flush()
	}
	if err != nil {
		return nil, fmt.Errorf("subscribe: %w", err)
	}
	return func() { _ = sub.Unsubscribe() }, nil
}

func listenKafka(ctx context.Context, broker string, e *ear) (stop func(), err error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.ConsumeTopics(kafkadriver.Topic(emitter.DefaultPrefix)),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtEnd()), kgo.AllowAutoTopicCreation())
	if err != nil {
		return nil, fmt.Errorf("make a client that reads: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		for ctx.Err() == nil {
			client.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
				if string(r.Key) != channel {
					return
				}
				if req, err := protocol.DecodeRequest(r.Value); err == nil {
					e.take(req)
				}
			})
		}
	})
	return func() { cancel(); wg.Wait(); client.Close() }, nil
}

package main

import (
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sioxide/emitter/bench/contest"
	"github.com/sioxide/emitter/driver/drivertest/kafkatest"
	"github.com/sioxide/emitter/driver/drivertest/natstest"
	"github.com/sioxide/emitter/driver/drivertest/pgtest"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
	"github.com/sioxide/emitter/driver/natsdriver"
	"github.com/sioxide/emitter/outbox"
	"github.com/sioxide/emitter/relay/pgsource"
)

// each runs what writes in every way, at the place; written returns how much is there.
func each(t *testing.T, at contest.Case, written func() int64, ops ...string) {
	t.Helper()
	for _, op := range ops {
		for _, c := range []contest.Case{{N: 3}, {AtOnce: 8, N: 20}, {Batch: 4, N: 10}} {
			c.Op, c.Kind, c.Value, c.Parser, c.Addrs, c.URL, c.Size = op, "text", "abc", "common", at.Addrs, at.URL, 74
			before := written()
			if s := answer(t, c); s.Error != "" || s.Bytes != 74 {
				t.Errorf("%s: %+v", op, s)
			}
			if n := written() - before; n != int64(c.N)+1 { // once to get ready
				t.Errorf("%s, %+v: %d were written, not %d", op, c, n, c.N+1)
			}
		}
	}
}

func TestNATS(t *testing.T) {
	server := natstest.Start(t)
	conn, err := nats.Connect(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	subject, err := natsdriver.Subject("socket.io", channel)
	if err != nil {
		t.Fatal(err)
	}
	var subs []*nats.Subscription
	for _, s := range []string{subject, "bench"} {
		sub, err := conn.SubscribeSync(s)
		if err != nil {
			t.Fatal(err)
		}
		subs = append(subs, sub)
	}
	each(t, contest.Case{URL: server.URL()}, func() (n int64) {
		if err := conn.Flush(); err != nil {
			t.Fatal(err)
		}
		for _, sub := range subs {
			msgs, _, err := sub.Pending()
			if err != nil {
				t.Fatal(err)
			}
			n += int64(msgs)
		}
		return n
	}, "natsdriver", "nats", "nats unconfirmed")
}

func TestKafka(t *testing.T) {
	server := kafkatest.Start(t, "auto.create.topics.enable=true")
	client, err := kgo.NewClient(kgo.SeedBrokers(server.Address()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	admin := kadm.NewClient(client)
	for _, topic := range []string{"socket.io", "bench"} {
		if _, err := admin.CreateTopic(t.Context(), 1, 1, nil, topic); err != nil {
			t.Fatal(err)
		}
	}
	each(t, contest.Case{Addrs: []string{server.Address()}}, func() int64 {
		for { // the client may know the topics, or their leaders, not yet
			ends, err := admin.ListEndOffsets(t.Context(), "socket.io", "bench")
			if err != nil {
				t.Fatal(err)
			}
			if ends.Error() != nil || len(ends) < 2 || len(ends["bench"]) == 0 || len(ends["socket.io"]) == 0 {
				continue
			}
			return ends["bench"][0].Offset + ends["socket.io"][0].Offset
		}
	}, "kafkadriver", "kgo")
}

func TestOutboxes(t *testing.T) {
	operation := answer(t, contest.Case{Op: "operation", Kind: "text", Value: "abc", Parser: "common", N: 3})
	if operation.Error != "" || operation.Bytes < 74 {
		t.Fatalf("%+v", operation)
	}
	t.Run("PostgreSQL", func(t *testing.T) {
		server := pgtest.Start(t)
		pool, err := pgxpool.New(t.Context(), server.URL("", ""))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(pool.Close)
		if err := pgsource.CreateTable(t.Context(), pool, outbox.DefaultTable); err != nil {
			t.Fatal(err)
		}
		each(t, contest.Case{URL: server.URL("", "")}, func() (n int64) {
			if err := pool.QueryRow(t.Context(), "select count(*) from "+outbox.DefaultTable).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}, "pgxoutbox", "insert")
	})
	t.Run("Redis", func(t *testing.T) {
		server := redistest.Start(t)
		each(t, contest.Case{Addrs: []string{server.Addr}}, func() int64 {
			return server.Do(t, "XLEN", outbox.DefaultStream).(int64)
		}, "redisoutbox", "xadd")
	})
	t.Run("JetStream", func(t *testing.T) {
		server := natstest.Start(t, "-js")
		conn, err := nats.Connect(server.URL())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(conn.Close)
		js, err := jetstream.New(conn)
		if err != nil {
			t.Fatal(err)
		}
		stream, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: outboxStream, Subjects: []string{outboxSubject}})
		if err != nil {
			t.Fatal(err)
		}
		each(t, contest.Case{URL: server.URL()}, func() int64 {
			info, err := stream.Info(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return int64(info.State.LastSeq)
		}, "jetstreamoutbox", "jetstream")
	})
}

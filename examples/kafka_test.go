package examples

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/drivertest/kafkatest"
	"github.com/sioxide/emitter/protocol"
)

func TestKafkaExample(t *testing.T) {
	server := kafkatest.Start(t, "auto.create.topics.enable=true")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // building included
	defer cancel()
	start(ctx, t, filepath.Join(build(t, "kafka"), "kafka"), "KAFKA_BROKERS="+server.Address())

	client, err := kgo.NewClient(kgo.SeedBrokers(server.Address()), kgo.ConsumeTopics("socket.io"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var got []string
	want := []string{`["headline","It works"]`, `["closed"]`}
	for len(got) < len(want) && ctx.Err() == nil {
		client.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
			if string(r.Key) != emitter.RequestChannel("socket.io", "/", "") {
				return
			}
			req, err := protocol.DecodeRequest(r.Value)
			if err != nil {
				t.Error(err)
			} else if req.Type == protocol.Broadcast { // not a question
				got = append(got, string(req.Packet.Data.Data))
			}
		})
	}
	if !slices.Equal(got, want) {
		t.Errorf("the servers get %q, want %q", got, want)
	}
}

// Kafka: a newsroom's page hears of headlines, through a cluster that runs on Kafka.
//
// Choose this when the servers' driver is one for Kafka (docs/protocol.md). The topic is
// the prefix; it is made here if the cluster allows that.
//
//	KAFKA_BROKERS=127.0.0.1:9092 go run ./kafka
package main

import (
	"cmp"
	"context"
	"errors"
	"log"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/kafkadriver"
)

func main() {
	if err := run(cmp.Or(os.Getenv("KAFKA_BROKERS"), "127.0.0.1:9092")); err != nil {
		log.Fatal(err)
	}
}

func run(brokers string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(brokers, ",")...), kgo.AllowAutoTopicCreation())
	if err != nil {
		return err
	}
	defer client.Close()
	driver := kafkadriver.New(client)
	defer func() { _ = driver.Close() }()
	io := emitter.New(driver)

	if err := io.To("news").Emit(ctx, "headline", "It works"); err != nil {
		return err
	}
	servers, err := io.Timeout(2 * time.Second).Servers(ctx)
	if err != nil && !errors.Is(err, emitter.ErrNoServers) && !errors.Is(err, emitter.ErrTimeout) {
		return err
	}
	log.Printf("%d servers have it", len(servers))
	return io.To("news").Emit(ctx, "closed")
}

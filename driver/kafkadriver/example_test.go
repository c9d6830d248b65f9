package kafkadriver_test

import (
	"context"
	"log"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/kafkadriver"
)

func Example() {
	client, err := kgo.NewClient(kgo.SeedBrokers("localhost:9092"))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	driver := kafkadriver.New(client)
	defer func() { _ = driver.Close() }()

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	io := emitter.New(driver)
	if err := io.To("news").Emit(ctx, "headline", "It works"); err != nil {
		log.Print(err)
	}
}

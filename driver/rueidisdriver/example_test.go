package rueidisdriver_test

import (
	"context"
	"log"

	"github.com/redis/rueidis"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/rueidisdriver"
)

func Example() {
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{"localhost:6379"}})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	io := emitter.New(rueidisdriver.New(client))
	if err := io.To("news").Emit(context.Background(), "headline", "It works"); err != nil {
		log.Print(err)
	}
}

package redisdriver_test

import (
	"context"
	"log"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/redisdriver"
)

func Example() {
	client := redis.NewClient(&redis.Options{Addr: "localhost:6379"})
	defer client.Close()

	io := emitter.New(redisdriver.New(client))
	if err := io.To("news").Emit(context.Background(), "headline", "It works"); err != nil {
		log.Print(err)
	}
}

// Servers with the fred driver on a standalone Redis listen to sharded pub/sub.
func ExampleSharded() {
	client := redis.NewClient(&redis.Options{Addr: "localhost:6379"})
	defer client.Close()

	io := emitter.New(redisdriver.New(client, redisdriver.Sharded()))
	if err := io.Emit(context.Background(), "hello"); err != nil {
		log.Print(err)
	}
}

// A cluster client publishes by sharded pub/sub without any option.
func ExampleNew_cluster() {
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{"localhost:7000", "localhost:7001"}})
	defer client.Close()

	io := emitter.New(redisdriver.New(client))
	if err := io.Emit(context.Background(), "hello"); err != nil {
		log.Print(err)
	}
}

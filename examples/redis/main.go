// Redis: a newsroom tells its readers about a story.
//
// Choose this for nearly everything: go-redis, the common parser, servers with
// socketioxide-redis's redis driver. A Sentinel client works the same way.
//
//	REDIS_URL=redis://127.0.0.1:6379 go run ./redis
package main

import (
	"cmp"
	"context"
	"log"
	"os"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/redisdriver"
)

// Story reaches the clients as {"title": …, "tags": […]}.
type Story struct {
	Title string   `json:"title"`
	Tags  []string `json:"tags"`
}

func main() {
	if err := publish(cmp.Or(os.Getenv("REDIS_URL"), "redis://127.0.0.1:6379")); err != nil {
		log.Fatal(err)
	}
}

func publish(url string) error {
	options, err := redis.ParseURL(url)
	if err != nil {
		return err
	}
	client := redis.NewClient(options)
	defer func() { _ = client.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()

	io := emitter.New(redisdriver.New(client))
	story := Story{Title: "Storm over the coast", Tags: []string{"weather"}}
	// Readers of the news get the headline, sports fans are left in peace.
	if err := io.To("news").Except("sport").Emit(ctx, "headline", story); err != nil {
		return err
	}
	// From now on they also get what is sent about this story.
	if err := io.To("news").Except("sport").Join(ctx, "story:storm"); err != nil {
		return err
	}
	return io.Of("/admin").Emit(ctx, "published", story.Title, time.Now().Year())
}

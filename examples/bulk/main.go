// Bulk: the prices of a whole exchange, in one go, of which none gets lost.
//
// Choose this for more than about a hundred events at once. Servers and clients
// hold only so many and drop the rest without a word, so a plain loop loses most of
// them. Here the last event of each window is sent as a question and waited for;
// clients answer it without knowing more than this:
//
//	socket.on("price", (number, price, received) => { show(number, price); received?.() })
//
// For clients that don't, take emitter.Window(0) in place of emitter.Acked(): the
// servers then lose nothing, the queues of slow clients may.
//
//	REDIS_URL=redis://127.0.0.1:6379 go run ./bulk
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

const shares = 10_000

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
	driver := redisdriver.New(client)
	defer func() { _ = driver.Close() }() // it holds a subscription for the answers
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	start := time.Now()
	batch := emitter.NewBatch(driver, emitter.Acked())
	traders := emitter.New(driver).Via(batch).To("sport")
	for i := range shares {
		// It sends whenever a window is full, so that the batch never holds more than that.
		if err := traders.Emit(ctx, "price", i, 100+float64(i%100)/4); err != nil {
			return err
		}
	}
	if err := batch.Flush(ctx); err != nil {
		return err
	}
	log.Printf("%d events in %v", shares, time.Since(start).Round(time.Millisecond))
	return nil
}

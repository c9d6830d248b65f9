// Rueidis: a ticker sends prices from several goroutines at once.
//
// Choose this for many events a second: rueidis sends what goroutines emit at the
// same time in common round trips. Keep within what servers hold, or events are
// lost on their side without a word: 20,000 a second is safe with the redis driver.
//
//	REDIS_URL=redis://127.0.0.1:6379 go run ./rueidis
package main

import (
	"cmp"
	"context"
	"errors"
	"log"
	"os"
	"sync"
	"time"

	"github.com/redis/rueidis"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/rueidisdriver"
)

func main() {
	if err := tick(cmp.Or(os.Getenv("REDIS_URL"), "redis://127.0.0.1:6379")); err != nil {
		log.Fatal(err)
	}
}

func tick(url string) error {
	options, err := rueidis.ParseURL(url)
	if err != nil {
		return err
	}
	options.DisableCache = true      // an emitter reads nothing
	options.ForceSingleClient = true // leave this out for a Redis Cluster
	client, err := rueidis.NewClient(options)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()

	io := emitter.New(rueidisdriver.New(client)).To("news")
	symbols := []string{"ACME", "INIT", "UMBR", "WAYN"}
	errs := make([]error, len(symbols))
	var quotes sync.WaitGroup
	for i, symbol := range symbols { // an Emitter is a value: share it freely
		quotes.Go(func() { errs[i] = io.Emit(ctx, "price", symbol, 100+float64(i)/4) })
	}
	quotes.Wait()
	return errors.Join(errs...)
}

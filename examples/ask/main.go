// Ask: a worker asks a team who comes to lunch, and books for those who do.
//
// Choose this when an event is not enough: who is there, and what do they say?
// Clients answer as they would a server's question:
//
//	socket.on("lunch?", (time, answer) => answer("yes"))
//
//	REDIS_URL=redis://127.0.0.1:6379 go run ./ask
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

func main() {
	if err := connect(cmp.Or(os.Getenv("REDIS_URL"), "redis://127.0.0.1:6379")); err != nil {
		log.Fatal(err)
	}
}

func connect(url string) error {
	options, err := redis.ParseURL(url)
	if err != nil {
		return err
	}
	client := redis.NewClient(options)
	defer func() { _ = client.Close() }()
	driver := redisdriver.New(client)
	defer func() { _ = driver.Close() }() // it holds a subscription for the answers
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return book(ctx, emitter.New(driver), "12:30")
}

func book(ctx context.Context, io emitter.Emitter, at string) error {
	people, err := io.To("news").Sockets(ctx)
	if err != nil {
		return err
	}
	coming, err := askAll(ctx, io.To("news"), at)
	if err != nil {
		return err
	}
	guests := 0
	for _, p := range people {
		if !coming[p.ID] {
			continue
		}
		if err := p.Join(ctx, "lunch"); err != nil {
			return err
		}
		guests++
	}
	// A Socket is reached by its own server's channel, a room by that of all servers:
	// Sync keeps the joins before the event.
	if err := io.Sync(ctx); err != nil {
		return err
	}
	log.Printf("a table for %d of %d", guests, len(people))
	return io.To("lunch").Emit(ctx, "booked", at, guests)
}

// askAll returns which sockets say yes within two seconds.
func askAll(ctx context.Context, team emitter.Emitter, at string) (map[string]bool, error) {
	acks, err := team.Timeout(2*time.Second).EmitWithAck(ctx, "lunch?", at)
	if err != nil {
		return nil, err
	}
	coming := map[string]bool{}
	for ack, err := range acks.All() {
		if err != nil { // a server did not answer
			return nil, err
		}
		answer, err := emitter.AckArg[string](ack)
		if err != nil { // this client did not
			log.Print(err)
			continue
		}
		coming[ack.Socket] = answer == "yes"
	}
	return coming, nil
}

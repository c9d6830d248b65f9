package natsdriver_test

import (
	"context"
	"errors"
	"log"

	"github.com/nats-io/nats.go"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/natsdriver"
)

func Example() {
	conn, err := nats.Connect("nats://localhost:4222")
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	driver := natsdriver.New(conn)
	defer driver.Close()

	io := emitter.New(driver)
	if err := io.To("news").Emit(context.Background(), "headline", "It works"); err != nil {
		log.Print(err)
	}
}

// NATS tells at once that no server is there.
func ExampleDriver_Send_nobody() {
	conn, err := nats.Connect("nats://localhost:4222")
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	driver := natsdriver.New(conn)
	defer driver.Close()

	io := emitter.New(driver, emitter.RequireServers())
	if err := io.Emit(context.Background(), "headline", "It works"); errors.Is(err, emitter.ErrNoServers) {
		log.Print("start a server first")
	}
}

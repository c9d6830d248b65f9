// Nats: a program that reports the weather, on the connection to NATS that it has.
//
// Choose this when the servers' adapter runs on NATS (docs/protocol.md, "Kafka and NATS,
// version 1"). nil means that nats-server took the event; it keeps none.
//
//	NATS_URL=nats://127.0.0.1:4222 go run ./nats
package main

import (
	"cmp"
	"context"
	"errors"
	"log"
	"os"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/natsdriver"
)

func main() {
	if err := run(cmp.Or(os.Getenv("NATS_URL"), nats.DefaultURL)); err != nil {
		log.Fatal(err)
	}
}

type report struct {
	Town    string  `json:"town"`
	Celsius float64 `json:"celsius"`
}

func run(url string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	conn, err := nats.Connect(url)
	if err != nil {
		return err
	}
	defer conn.Close()
	driver := natsdriver.New(conn)
	defer func() { _ = driver.Close() }()
	io := emitter.New(driver)

	for _, r := range []report{{"Bern", 21.5}, {"Oslo", 14}} {
		if err := io.To("weather").Emit(ctx, "report", r); err != nil {
			return err
		}
	}
	servers, err := io.Servers(ctx)
	if errors.Is(err, emitter.ErrNoServers) {
		log.Print("NATS has both reports, but no server listens")
		return nil
	}
	log.Printf("both reports are on their way, and %d servers are there", len(servers))
	return err
}

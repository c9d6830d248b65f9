// Command burst sends a burst of events, for the conformance run's table of bursts.
// It is a program of its own so that the race detector, under which the tests run,
// slows nothing.
//
// It connects, prints a line, waits for a line on standard input, sends everything,
// and prints how long that took as a line of JSON.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/sioxide/emitter"
)

// result is what the table is made of. Times are milliseconds since 1970.
type result struct {
	Start float64 `json:"start"`
	End   float64 `json:"end"`
	Error string  `json:"error"` // what the emitter said: a burst that was not sent as it should be
}

type config struct {
	addr, driver string
	command      string
	mode         string
	event        string
	rooms        []string // each event goes to the next one
	sender       int      // stands in each event beside its number
	events, size int
	window       int // of mode window and acked; 0: the driver's own
	windowBytes  int // 0: the default
	goroutines   int // of mode loop
	rate         float64
}

func main() {
	c := parse()
	if err := run(c); err != nil {
		fmt.Fprintln(os.Stderr, "burst:", err)
		os.Exit(1)
	}
}

func parse() config {
	var c config
	var room string
	flag.StringVar(&c.addr, "addr", "127.0.0.1:6379", "the backend")
	flag.StringVar(&c.driver, "driver", "redisdriver", "redisdriver, rueidisdriver, kafkadriver or natsdriver")
	flag.StringVar(&c.command, "command", "PUBLISH", "on Redis, PUBLISH or SPUBLISH, as the servers listen")
	flag.StringVar(&c.mode, "mode", "loop", "loop, or a Batch: batch, window or acked")
	flag.StringVar(&c.event, "event", "burst", "the event's name")
	flag.StringVar(&room, "room", "", "the room, or several with commas, used in turn")
	flag.IntVar(&c.sender, "sender", 0, "a number of this sender, beside other senders")
	flag.IntVar(&c.events, "events", 1000, "how many events")
	flag.IntVar(&c.size, "size", 16, "bytes of text in each")
	flag.IntVar(&c.window, "window", 0, "events of a window; 0: the driver's own")
	flag.IntVar(&c.windowBytes, "window-bytes", 0, "bytes of a window; 0: the default")
	flag.IntVar(&c.goroutines, "goroutines", 1, "how many share a loop")
	flag.Float64Var(&c.rate, "rate", 0, "events a second of a Batch; 0: not paced")
	flag.Parse()
	c.rooms = strings.Split(room, ",")
	return c
}

func run(c config) error {
	ctx := context.Background()
	driver, err := connect(ctx, c)
	if err != nil {
		return err
	}
	// A program that has run for a while has its connections and knows the servers.
	if err := emitter.New(driver).Sync(ctx); err != nil {
		return fmt.Errorf("ask the servers: %w", err)
	}
	s := newSender(c, driver)
	fmt.Println("ready")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return fmt.Errorf("wait for the start: %w", err)
	}
	r := result{Start: now()}
	if err := s.send(ctx); err != nil {
		r.Error = err.Error()
	}
	r.End = now()
	return json.NewEncoder(os.Stdout).Encode(r)
}

func now() float64 { return float64(time.Now().UnixMicro()) / 1e3 }

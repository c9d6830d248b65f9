package bursts

import (
	"fmt"

	"github.com/sioxide/emitter/conformance/internal/rustserver"
)

// Burst is one row of the table: what is sent, how, and to whom.
type Burst struct {
	Server  rustserver.Driver
	Size    Size
	Room    Room
	Way     Way
	Senders int  // processes that share the events; 0 is 1
	Paused  bool // one more client, which reads nothing until everything is sent or, where that waits for it, for a while
}

func (b Burst) senders() int { return max(b.Senders, 1) }

// Name of the row.
func (b Burst) Name() string {
	return fmt.Sprintf("%s, %s to %s by %s", b.Server, b.Size.Name, b.Room.Name, b.sentBy())
}

// Size of a burst.
type Size struct {
	Name   string
	Events int
	Bytes  int // of text in each event
}

func (s Size) isLarge() bool { return s.Bytes > 1<<10 }

// The sizes of bursts.
var (
	small5k   = Size{"5,000 small", 5_000, 16}
	small20k  = Size{"20,000 small", 20_000, 16}
	small100k = Size{"100,000 small", 100_000, 16}
	large200  = Size{"200 of 256 KiB", 200, 256 << 10}
	large400  = Size{"400 of 256 KiB", 400, 256 << 10} // 100 MiB are more than a client's queue and the system keep for it
)

// Room is whom a burst goes to.
type Room struct {
	Name  string   // for the table
	Names []string // the events go to these in turn; no client is in two of them
}

// The rooms that the clients are in; the members of five are those of four and the one that can be paused.
var (
	four   = Room{"4", []string{"four"}}
	twenty = Room{"20", []string{"twenty"}}
	halves = Room{"10 and 10", []string{"odd", "even"}}
	five   = Room{"4 + 1 paused", []string{"five"}}
)

// clientsOfServer is how many clients each server has besides the one that can be paused.
const clientsOfServer = 10

// roomsOf returns the rooms of client i of a server.
func roomsOf(i int) []string {
	rooms := []string{"twenty", halves.Names[i%2]}
	if i < 2 {
		rooms = append(rooms, "four", "five")
	}
	return rooms
}

// Promise is what must arrive.
type Promise int

// The promises of a Batch, and none.
const (
	nothing Promise = iota
	servers         // nothing is lost in the servers' own queues
	clients         // nor more than 1 in 1,000 in those of the clients
	all             // nothing is lost, and everything is in order
)

// Way is how a burst is sent.
type Way struct {
	Name    string
	Promise Promise
	Rust    bool     // by the Rust emitter
	Args    []string // of cmd/burst
	Waits   bool     // sending waits for clients
	NoOrder bool     // the events have no order
}

// The ways to send a burst.
var (
	acked    = Way{Name: "Batch, Acked", Promise: all, Args: []string{"--mode", "acked"}, Waits: true}
	windowed = Way{Name: "Batch, Window", Promise: clients, Args: []string{"--mode", "window"}}
	plain    = Way{Name: "Batch alone", Args: []string{"--mode", "batch"}}
	loop     = Way{Name: "a loop", Args: []string{"--mode", "loop"}}
	together = Way{Name: "64 goroutines", Args: []string{"--mode", "loop", "--goroutines", "64"}, NoOrder: true}
	rust     = Way{Name: "Rust emitter 0.1.0", Rust: true}
)

// smaller is a way with another window than the driver's own.
func smaller(w Way, window int, promise Promise) Way {
	w.Name += fmt.Sprintf("(%d)", window)
	w.Args = append([]string{"--window", fmt.Sprint(window)}, w.Args...)
	w.Promise = promise
	return w
}

// throughRueidis is a way through rueidisdriver; the others are through redisdriver.
func throughRueidis(w Way) Way {
	w.Name += ", rueidis"
	w.Args = append([]string{"--driver", "rueidisdriver"}, w.Args...)
	return w
}

// paced is a way with a rate as well.
func paced(w Way, perSecond int, promise Promise) Way {
	w.Name += fmt.Sprintf(", Rate(%d)", perSecond)
	w.Args = append([]string{"--rate", fmt.Sprint(perSecond)}, w.Args...)
	w.Promise = promise
	return w
}

// Plan returns the rows of servers with a driver, whose window our drivers know (Driver.Window).
func Plan(server rustserver.Driver, window int) []Burst {
	if server == rustserver.Kafka || server == rustserver.Nats {
		return shortPlan(server)
	}
	var rows []Burst
	add := func(b Burst) {
		b.Server = server
		rows = append(rows, b)
	}
	for _, size := range []Size{small5k, small20k, small100k, large200} {
		for _, room := range []Room{four, twenty} {
			for _, way := range waysOf(size, room) {
				add(Burst{Size: size, Room: room, Way: way})
			}
		}
	}
	half := window / 2
	add(Burst{Size: small20k, Room: halves, Way: acked})
	for _, room := range []Room{four, twenty} {
		add(Burst{Size: small20k, Room: room, Way: acked.promising(nothing), Senders: 2})
		add(Burst{Size: small20k, Room: room, Way: smaller(acked, half, all), Senders: 2})
		add(Burst{Size: small20k, Room: room, Way: windowed.promising(nothing), Senders: 2})
		add(Burst{Size: small20k, Room: room, Way: smaller(windowed, half, servers), Senders: 2})
	}
	// No window can know of a client that reads nothing.
	for _, way := range []Way{acked, windowed.promising(servers), plain, rust} {
		add(Burst{Size: large400, Room: five, Way: way, Paused: true})
	}
	return rows
}

// shortPlan is that of servers whose adapters drop nothing: what is lost is in clients' queues.
func shortPlan(server rustserver.Driver) []Burst {
	var rows []Burst
	for _, size := range []Size{small20k, large200} {
		for _, room := range []Room{four, twenty} {
			for _, way := range []Way{acked, windowed, plain, loop} {
				rows = append(rows, Burst{Server: server, Size: size, Room: room, Way: way})
			}
		}
	}
	rows = append(rows, Burst{Server: server, Size: small20k, Room: halves, Way: acked})
	for _, way := range []Way{acked, windowed.promising(servers), plain} {
		rows = append(rows, Burst{Server: server, Size: large400, Room: five, Way: way, Paused: true})
	}
	return rows
}

// Compared returns the bursts that the bench compares: of a size each, to few and many clients, by what promises that
// nothing is lost, and by what does not.
func Compared(server rustserver.Driver, quick bool) []Burst {
	size := small100k
	if quick {
		size = small5k
	}
	var rows []Burst
	for _, room := range []Room{four, twenty} {
		for _, way := range []Way{acked, throughRueidis(acked), windowed, paced(plain, smallRate, nothing), plain, loop, rust} {
			rows = append(rows, Burst{Server: server, Size: size, Room: room, Way: way})
		}
	}
	return rows
}

// Acknowledged is the burst to trace: to four clients, in windows that are waited for.
func Acknowledged(server rustserver.Driver) Burst {
	return Burst{Server: server, Size: small20k, Room: four, Way: acked}
}

// smallRate is what four clients on two cores take of small events.
const smallRate = 20_000

// promising is a way of which less is asked: the promises of a Batch hold for one sender.
func (w Way) promising(p Promise) Way {
	w.Promise = p
	return w
}

// waysOf returns the ways that are compared for one size and room.
func waysOf(size Size, room Room) []Way {
	ways := []Way{acked, windowed, throughRueidis(acked), throughRueidis(windowed), plain, loop, rust}
	switch {
	case size == small20k:
		ways = append(ways, together)
	case size == large200 && room.Name == twenty.Name:
		ways = append(ways, paced(windowed, largeRate, clients))
	}
	return ways
}

// largeRate is what 20 clients on two cores take of large events, with something to spare.
const largeRate = 50

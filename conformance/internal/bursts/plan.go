package bursts

import "github.com/sioxide/emitter/conformance/internal/rustserver"

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

// Size of a burst.
type Size struct {
	Name   string
	Events int
	Bytes  int // of text in each event
}

// The sizes of bursts.
var (
	Small5k   = Size{"5,000 small", 5_000, 16}
	Small20k  = Size{"20,000 small", 20_000, 16}
	Small100k = Size{"100,000 small", 100_000, 16}
	Large200  = Size{"200 of 256 KiB", 200, 256 << 10}
)

// Sizes lists all of them.
func Sizes() []Size { return []Size{Small5k, Small20k, Small100k, Large200} }

// Room is whom a burst goes to.
type Room struct {
	Name  string   // for the table
	Names []string // the events go to these in turn; no client is in two of them
}

// The rooms that the clients are in; the members of Five are those of Four and the one that can be paused.
var (
	Four   = Room{"4", []string{"four"}}
	Twenty = Room{"20", []string{"twenty"}}
	Halves = Room{"2 x 10", []string{"odd", "even"}}
	five   = Room{"4 + 1 paused", []string{"five"}}
)

// clientsOfServer is how many clients each server has besides the one that can be paused.
const clientsOfServer = 10

// roomsOf returns the rooms of client i of a server.
func roomsOf(i int) []string {
	rooms := []string{"twenty", Halves.Names[i%2]}
	if i < 2 {
		rooms = append(rooms, "four", "five")
	}
	return rooms
}

// Promise is what must arrive.
type Promise int

// The promises of a Batch (its Window and Acked), and none.
const (
	Nothing Promise = iota
	Servers         // nothing is lost in the servers' own queues, at most 1 in 1,000 in those of the clients
	All             // nothing is lost, and everything is in order
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
	Acked        = Way{Name: "Batch, Acked", Promise: All, Args: []string{"--mode", "acked"}, Waits: true}
	Window       = Way{Name: "Batch, Window", Promise: Servers, Args: []string{"--mode", "window"}}
	Plain        = Way{Name: "Batch alone", Args: []string{"--mode", "batch"}}
	Loop         = Way{Name: "a plain loop", Args: []string{"--mode", "loop"}}
	LoopTogether = Way{Name: "64 goroutines", Args: []string{"--mode", "loop", "--goroutines", "64"}, NoOrder: true}
	Rust         = Way{Name: "Rust emitter 0.1.0", Rust: true}
)

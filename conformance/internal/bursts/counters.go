package bursts

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/sioxide/emitter/conformance/internal/process"
)

// Counters is a node process with any number of clients that count what they get (clients/counter.mjs).
type Counters struct {
	proc *process.Process

	mu      sync.Mutex
	next    int
	waiting map[int]chan answer
	err     error // why the process is of no use any more
}

// Count is what one client got since the last Reset.
type Count struct {
	Received int     `json:"received"`
	Disorder int     `json:"disorder"` // events that came behind a later one of the same sender, or again
	Last     float64 `json:"last"`     // when the last one arrived, in milliseconds since 1970
	Gone     string  `json:"gone"`     // why the server has disconnected it; "" if it has not
}

type answer struct {
	Request int          `json:"request"`
	Counts  []Count      `json:"counts"`
	Times   [][]int64    `json:"times"`
	Delays  [][][2]int64 `json:"delays"`
	err     error
}

// StartCounters runs script, the path of clients/counter.mjs, with node.
func StartCounters(script string) (*Counters, error) {
	proc, err := process.Start("counting clients", "node", script)
	if err != nil {
		return nil, err
	}
	c := &Counters{proc: proc, waiting: make(map[int]chan answer)}
	go c.read()
	return c, nil
}

// Connect adds a client and returns once the server has put it into the rooms.
func (c *Counters) Connect(ctx context.Context, url string, rooms []string) error {
	_, err := c.ask(ctx, map[string]any{"op": "connect", "url": url, "rooms": rooms})
	return err
}

// Reset counts from 0 again.
func (c *Counters) Reset(ctx context.Context) error {
	_, err := c.ask(ctx, map[string]any{"op": "reset"})
	return err
}

// Report tells what each client got, in the order of connection.
func (c *Counters) Report(ctx context.Context) ([]Count, error) {
	a, err := c.ask(ctx, map[string]any{"op": "report"})
	return a.Counts, err
}

// Trace has every client of the process remember when each event of a burst came, or not.
func (c *Counters) Trace(ctx context.Context, on bool) error {
	_, err := c.ask(ctx, map[string]any{"op": "trace", "on": on})
	return err
}

// Times tells when each event of a burst came to each client since the last Reset, in microseconds of a clock of the
// machine; negative where an ack was asked for.
func (c *Counters) Times(ctx context.Context) ([][]int64, error) {
	a, err := c.ask(ctx, map[string]any{"op": "times"})
	return a.Times, err
}

// Delays tells for each client how many stamped events took how many microseconds, as pairs of these and the number.
func (c *Counters) Delays(ctx context.Context) ([][][2]int64, error) {
	a, err := c.ask(ctx, map[string]any{"op": "delays"})
	return a.Delays, err
}

// Pause stops the process until Resume: its clients read nothing.
func (c *Counters) Pause() error { return c.proc.Pause() }

// Resume lets it go on.
func (c *Counters) Resume() error { return c.proc.Resume() }

// Stop ends the process.
func (c *Counters) Stop() { c.proc.Stop() }

func (c *Counters) ask(ctx context.Context, command map[string]any) (answer, error) {
	c.mu.Lock()
	c.next++
	request, reply := c.next, make(chan answer, 1)
	err := c.err
	c.waiting[request] = reply
	c.mu.Unlock()
	defer c.forget(request)
	if err != nil {
		return answer{}, err
	}
	command["request"] = request
	line, err := json.Marshal(command)
	if err != nil {
		return answer{}, fmt.Errorf("encode a command for the counting clients: %w", err)
	}
	if err := c.proc.Write(line); err != nil {
		return answer{}, err
	}
	select {
	case a := <-reply:
		return a, a.err
	case <-ctx.Done():
		return answer{}, fmt.Errorf("the counting clients did not answer %q: %w", command["op"], ctx.Err())
	}
}

func (c *Counters) forget(request int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiting, request)
}

func (c *Counters) read() {
	for line := range c.proc.Lines() {
		var a answer
		if err := json.Unmarshal(line, &a); err != nil {
			c.fail(fmt.Errorf("answer of the counting clients %.200q: %w", line, err))
			continue
		}
		c.mu.Lock()
		if reply := c.waiting[a.Request]; reply != nil {
			reply <- a
		}
		c.mu.Unlock()
	}
	c.fail(fmt.Errorf("the counting clients have ended: %s", c.proc.Log()))
}

// fail ends every call that waits.
func (c *Counters) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = err
	for _, reply := range c.waiting {
		select {
		case reply <- answer{err: err}:
		default: // it has its answer
		}
	}
}

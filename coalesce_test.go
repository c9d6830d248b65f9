package emitter_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// atOnce is how many rounds of a Coalescer are under way at once.
const atOnce = 3

// gate is a BulkDriver whose calls wait until they are let through. It notes what
// each round held, read at the end of the round, as a client that still encodes
// would read it.
type gate struct {
	mu     sync.Mutex
	rounds [][]string
	open   chan struct{}
}

func newGate() *gate { return &gate{open: make(chan struct{})} }

func (g *gate) Send(ctx context.Context, req *protocol.Request) (int, error) {
	var servers [1]int
	var errs [1]error
	err := g.pass(ctx, []*protocol.Request{req}, servers[:], errs[:])
	return servers[0], err
}

func (g *gate) SendAll(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) error {
	return g.pass(ctx, reqs, servers, errs)
}

func (g *gate) pass(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) error {
	var err error
	select {
	case <-g.open:
	case <-ctx.Done():
		err = ctx.Err()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	var names []string
	for i, req := range reqs {
		names = append(names, string(req.Packet.Data.Data)+string(req.Raw))
		servers[i], errs[i] = len(reqs), err
	}
	g.rounds = append(g.rounds, names)
	return err
}

// seen returns the rounds once nothing moves any more.
func (g *gate) seen() [][]string {
	synctest.Wait()
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.rounds
}

func named(name string) *protocol.Request {
	return &protocol.Request{Namespace: "/", Packet: protocol.Packet{Data: protocol.Value{Data: []byte(name)}}}
}

func TestCoalescerSharesRounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		c := emitter.NewCoalescer(g)
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				n, err := c.Send(context.Background(), named(fmt.Sprint(i)))
				if err != nil || n != 1 && n != 50-atOnce {
					t.Errorf("request %d: %d servers, %v", i, n, err)
				}
			})
		}
		synctest.Wait() // some are under way alone, the others gather
		close(g.open)
		wg.Wait()
		seen := map[string]int{}
		for _, r := range g.seen() {
			for _, name := range r {
				seen[name]++
			}
		}
		if rounds := g.seen(); len(rounds) != atOnce+1 || len(seen) != 50 {
			t.Errorf("%d rounds with %d different requests, want %d with 50: %v", len(rounds), len(seen), atOnce+1, rounds)
		}
	})
}

func TestCoalescerHonoursContextsInTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		c := emitter.NewCoalescer(g)
		var wg sync.WaitGroup
		for range atOnce {
			wg.Go(func() { _, _ = c.Send(context.Background(), named("first")) })
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err := c.Send(ctx, named("late"))
		if !errors.Is(err, context.DeadlineExceeded) || !emitter.SafeToRetry(err) {
			t.Errorf("a request that never left the queue: %v, safe to retry %v", err, emitter.SafeToRetry(err))
		}
		close(g.open)
		wg.Wait()
		for _, r := range g.seen() {
			for _, name := range r {
				if name == "late" {
					t.Error("a request was sent after its context had ended in the queue")
				}
			}
		}
	})
}

// telling is a gate that says of each request what its name is.
type telling struct{ *gate }

func (d telling) SendAll(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) error {
	err := d.pass(ctx, reqs, servers, errs)
	for i, req := range reqs {
		servers[i] = int(req.Packet.Data.Data[0])
	}
	return err
}

// Those who leave the queue take nobody's answer with them, and the round goes without
// them: also when all have left and others come.
func TestCoalescerGoesWithoutThoseWhoLeft(t *testing.T) {
	for _, all := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			g := newGate()
			c := emitter.NewCoalescer(telling{g})
			var wg sync.WaitGroup
			for range atOnce {
				wg.Go(func() { _, _ = c.Send(context.Background(), named("-")) })
			}
			synctest.Wait()
			send := func(name string, leaves bool) {
				wg.Go(func() {
					ctx := context.Background()
					if leaves {
						var cancel context.CancelFunc
						ctx, cancel = context.WithTimeout(ctx, time.Second)
						defer cancel()
					}
					n, err := c.Send(ctx, named(name))
					if leaves && !emitter.SafeToRetry(err) || !leaves && (err != nil || n != int(name[0])) {
						t.Errorf("request %s: %d servers, %v", name, n, err)
					}
				})
				synctest.Wait()
			}
			for _, name := range []string{"a", "b", "c", "d", "e"} {
				send(name, all || name == "a" || name == "d")
			}
			time.Sleep(2 * time.Second)
			send("f", false)
			send("g", false)
			close(g.open)
			wg.Wait()
			want := "[b c e f g]"
			if all {
				want = "[f g]"
			}
			if rounds := g.seen(); len(rounds) != atOnce+1 || !strings.Contains(fmt.Sprint(rounds), want) {
				t.Errorf("rounds %v, one should be %s", rounds, want)
			}
		})
	}
}

// rawGate notes what drivers may look at in a request that has its wire form.
type rawGate struct {
	*gate
	mu    sync.Mutex
	nodes map[string]protocol.ID
}

func (d *rawGate) SendAll(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) error {
	err := d.pass(ctx, reqs, servers, errs)
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, req := range reqs {
		d.nodes[string(req.Raw)] = req.Node
	}
	return err
}

// A copy of a request that has its wire form has all else of it, too, and leaves the
// caller's memory alone when it is used again.
func TestCoalescerCopiesAllOfARequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &rawGate{gate: newGate(), nodes: make(map[string]protocol.ID)}
		c := emitter.NewCoalescer(d)
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		var wg sync.WaitGroup
		node, mine := protocol.NewID(), []byte("mine")
		for round := range 3 {
			for range atOnce {
				wg.Go(func() { _, _ = c.Send(ctx, named("-")) })
			}
			synctest.Wait()
			for i := range 10 {
				wg.Go(func() {
					req := named("cop")
					if round == 0 {
						req = &protocol.Request{Node: node, Raw: fmt.Append(nil, i), Packet: protocol.Packet{Data: protocol.Value{Data: mine}}}
					}
					if _, err := c.Send(ctx, req); err != nil {
						t.Error(err)
					}
				})
			}
			synctest.Wait()
			for range atOnce + 1 {
				d.open <- struct{}{}
				synctest.Wait()
			}
			wg.Wait()
		}
		for i := range 10 {
			if got := d.nodes[fmt.Sprint(i)]; got != node {
				t.Errorf("request %d came with the node %v, not %v", i, got, node)
			}
		}
		if string(mine) != "mine" {
			t.Errorf("the caller's memory became %q", mine)
		}
	})
}

// One caller's context ends its own wait, not the round of the others, and what
// its request pointed to is then its own again.
func TestCoalescerRoundOutlivesOneContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		c := emitter.NewCoalescer(g)
		var wg sync.WaitGroup
		for range atOnce { // these are let through alone, so that the next go together
			wg.Go(func() { _, _ = c.Send(context.Background(), named("first")) })
		}
		synctest.Wait()
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		mine := named("mine")
		wg.Go(func() {
			_, err := c.Send(ctx, mine)
			if !errors.Is(err, context.Canceled) || emitter.SafeToRetry(err) {
				t.Errorf("a request whose context ended on its way: %v, safe to retry %v", err, emitter.SafeToRetry(err))
			}
			copy(mine.Packet.Data.Data, "torn")
		})
		wg.Go(func() {
			if n, err := c.Send(context.Background(), named("other")); n != 2 || err != nil {
				t.Errorf("the other request of the round: %d servers, %v", n, err)
			}
		})
		synctest.Wait()
		g.open <- struct{}{} // one of the first; the queued two leave together
		synctest.Wait()
		cancel()
		synctest.Wait()
		close(g.open)
		wg.Wait()
		for _, r := range g.seen() {
			for _, name := range r {
				if name == "torn" {
					t.Error("a request was read after Send had returned")
				}
			}
		}
	})
}

func TestCoalescerRoundEndsWhenAllContextsHave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		c := emitter.NewCoalescer(g)
		var wg sync.WaitGroup
		for range atOnce {
			wg.Go(func() { _, _ = c.Send(context.Background(), named("first")) })
		}
		synctest.Wait()
		for i := range 3 {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration(i+1)*time.Second)
				defer cancel()
				if _, err := c.Send(ctx, named("short")); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("request %d: %v", i, err)
				}
			})
		}
		synctest.Wait()
		for range atOnce {
			g.open <- struct{}{}
		}
		// the first are done; the round of three hangs until its contexts end
		wg.Wait()
		if rounds := g.seen(); len(rounds) != atOnce+1 || len(rounds[atOnce]) != 3 {
			t.Errorf("rounds %v, want %d of one and one of three", rounds, atOnce)
		}
	})
}

// Rounds are cut by bytes, so that no round makes Redis cut off a slow server.
func TestCoalescerCutsRounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		c := emitter.NewCoalescer(g)
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() { _, _ = c.Send(context.Background(), named(string(make([]byte, 400<<10)))) })
		}
		synctest.Wait()
		close(g.open)
		wg.Wait()
		for _, r := range g.seen() {
			if len(r) > 2 {
				t.Errorf("a round of %d requests of 400 KiB, at most 1 MiB is allowed", len(r))
			}
		}
	})
}

// endless is a driver that answers at once.
type endless struct{ sent atomic.Int64 }

func (d *endless) Send(context.Context, *protocol.Request) (int, error) {
	d.sent.Add(1)
	return 1, nil
}

func (d *endless) SendAll(_ context.Context, reqs []*protocol.Request, _ []int, _ []error) error {
	d.sent.Add(int64(len(reqs)))
	return nil
}

func TestCoalescerLosesNothingUnderLoad(t *testing.T) {
	d := new(endless)
	c := emitter.NewCoalescer(d)
	const callers, each = 64, 500
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			ctx := context.Background()
			if i%2 == 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithCancel(ctx)
				defer cancel()
			}
			for range each {
				if _, err := c.Send(ctx, named("x")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := d.sent.Load(); got != callers*each {
		t.Errorf("%d requests sent, want %d", got, callers*each)
	}
}

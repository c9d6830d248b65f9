package bursts

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sioxide/emitter"
)

// Limits of a run: what takes longer hangs.
const (
	runTimeout  = 3 * time.Minute
	markTimeout = time.Minute
	askTimeout  = time.Second // of a probe, which a full queue may drop
	markEvery   = 50 * time.Millisecond
)

// pauseFor is how long a client that is waited for reads nothing, less than the servers' ack timeout of 5 s.
const pauseFor = 2 * time.Second

// Run sends a burst and returns what became of it. A result that is Broken that Harmed wants a Restart before the next burst.
func (c *Cluster) Run(ctx context.Context, b Burst) (Result, error) {
	ctx, cancel := context.WithTimeout(ctx, runTimeout)
	defer cancel()
	if b.Paused {
		b.Room = five
	}
	r := Result{Burst: b}
	for _, m := range c.members {
		if err := m.counters.Reset(ctx); err != nil {
			return r, err
		}
	}
	begun := time.Now()
	senders, err := c.startSenders(b)
	if err != nil {
		return r, err
	}
	said, err := c.send(ctx, b, senders)
	if err != nil {
		return r, err
	}
	if err := c.mark(ctx, b.Room); err != nil {
		if !errors.Is(err, emitter.ErrNoServers) {
			return r, err
		}
		r.Deaf = true
	}
	err = c.count(ctx, &r, said)
	r.Took = time.Since(begun)
	return r, err
}

func (c *Cluster) startSenders(b Burst) ([]*running, error) {
	var all []*running
	for n := range b.senders() {
		s, err := startSender(c.programs, c.backend.addr(), b, n)
		if err != nil {
			for _, s := range all {
				s.proc.Kill()
			}
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// send lets the senders go and returns what they say in the end.
func (c *Cluster) send(ctx context.Context, b Burst, senders []*running) ([]sent, error) {
	if b.Paused {
		if err := c.pausable().Pause(); err != nil {
			return nil, err
		}
	}
	for _, s := range senders {
		if err := s.start(); err != nil {
			return nil, err
		}
	}
	if b.Paused && b.Way.Waits {
		time.Sleep(pauseFor)
		if err := c.pausable().Resume(); err != nil {
			return nil, err
		}
	}
	var said []sent
	for _, s := range senders {
		one, err := s.wait(ctx)
		if err != nil {
			return nil, err
		}
		said = append(said, one)
	}
	if b.Paused && !b.Way.Waits {
		return said, c.pausable().Resume()
	}
	return said, nil
}

// mark returns once every client of a room has got an event that was sent behind the burst, or is gone: then all that
// has not arrived is lost. The mark itself may find a queue full, and is sent again.
func (c *Cluster) mark(ctx context.Context, room Room) error {
	ctx, cancel := context.WithTimeout(ctx, markTimeout)
	defer cancel()
	if err := c.sync(ctx); err != nil {
		return err
	}
	if err := c.allListen(ctx); err != nil {
		return err
	}
	again := time.NewTicker(markEvery)
	defer again.Stop()
	for {
		answered, failed := c.markOnce(ctx, room)
		counts, err := c.counts(ctx, room)
		if err != nil {
			return err
		}
		if answered == stillThere(counts) {
			return nil
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("%d of %d clients answered the mark behind a burst: %w", answered, len(counts), errors.Join(failed, ctx.Err()))
		}
	}
}

func stillThere(counts []memberCount) int {
	n := 0
	for _, c := range counts {
		if c.Gone == "" {
			n++
		}
	}
	return n
}

// sync returns once both servers have taken everything; the probe may be dropped as the rest was.
func (c *Cluster) sync(ctx context.Context) error {
	for {
		err := c.io.Timeout(askTimeout).Sync(ctx)
		if err == nil || ctx.Err() != nil || !errors.Is(err, emitter.ErrTimeout) {
			return err
		}
	}
}

// allListen is ErrNoServers when a server has lost its subscription: it does not come back.
func (c *Cluster) allListen(ctx context.Context) error {
	listening, err := c.io.Servers(ctx)
	if err == nil && len(listening) < len(c.servers) {
		err = fmt.Errorf("%w on one of the two", emitter.ErrNoServers)
	}
	return err
}

func (c *Cluster) markOnce(ctx context.Context, room Room) (answered int, err error) {
	acks, err := c.io.To(room.Names...).Timeout(markTimeout/2).EmitWithAck(ctx, "mark")
	if err != nil {
		return 0, err
	}
	for a, err := range acks.All() {
		if err != nil {
			return answered, err
		}
		if a.Err == nil {
			answered++
		}
	}
	return answered, nil
}

// memberCount is the count of a client of a room.
type memberCount struct {
	Count
	share int // of how many of the room's names it is a member
}

// counts asks the clients of a room what they got.
func (c *Cluster) counts(ctx context.Context, room Room) ([]memberCount, error) {
	var all []memberCount
	for _, m := range c.members {
		counts, err := m.counters.Report(ctx)
		if err != nil {
			return nil, err
		}
		for i, count := range counts {
			if n := room.share(m.rooms[i]); n > 0 {
				all = append(all, memberCount{count, n})
			}
		}
	}
	return all, nil
}

// count sums up what the clients got, what the senders said and what the servers logged.
func (c *Cluster) count(ctx context.Context, r *Result, said []sent) error {
	counts, err := c.counts(ctx, r.Burst.Room)
	if err != nil {
		return err
	}
	start := said[0].Start
	for _, s := range said {
		start = min(start, s.Start)
		if s.Error != "" {
			r.Errors = append(r.Errors, s.Error)
		}
	}
	last := start
	for _, count := range counts {
		r.Expected += count.share * r.Burst.Size.Events / len(r.Burst.Room.Names)
		r.Received += count.Received
		r.Disorder += count.Disorder
		last = max(last, count.Last)
	}
	r.Gone = len(counts) - stillThere(counts)
	r.Arrived = time.Duration((last - start) * float64(time.Millisecond))
	l := c.losses()
	r.Adapter, r.Queues, r.Other = l.adapter, l.queues, l.other
	return nil
}

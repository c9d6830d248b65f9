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

// Run sends a burst and returns what became of it. The servers are as they were, unless the result says that they are
// deaf.
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
	if err := c.mark(ctx, b.Room, c.sizeOf(b.Room)); err != nil {
		if !errors.Is(err, emitter.ErrNoServers) {
			return r, err
		}
		r.Deaf = true
	}
	if err := c.count(ctx, &r, said); err != nil {
		return r, err
	}
	r.Took = time.Since(begun)
	return r, nil
}

func (c *Cluster) startSenders(b Burst) ([]*running, error) {
	var all []*running
	for n := range b.senders() {
		s, err := startSender(c.programs, c.redis.Addrs[0], b, n)
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

// mark returns once every client of a room has got an event that was sent behind the burst: then all that has not
// arrived is lost. The mark itself may find a queue full, and is sent again.
func (c *Cluster) mark(ctx context.Context, room Room, clients int) error {
	ctx, cancel := context.WithTimeout(ctx, markTimeout)
	defer cancel()
	if err := c.sync(ctx); err != nil {
		return err
	}
	again := time.NewTicker(markEvery)
	defer again.Stop()
	for {
		answered, err := c.markOnce(ctx, room)
		if answered == clients {
			return nil
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("%d of %d clients answered the mark behind a burst: %w", answered, clients, errors.Join(err, ctx.Err()))
		}
	}
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

// sizeOf returns how many clients are in a room.
func (c *Cluster) sizeOf(room Room) int {
	n := 0
	for _, m := range c.members {
		for _, rooms := range m.rooms {
			n += room.share(rooms)
		}
	}
	return n
}

// count asks the clients of the room what they got, and the servers' logs where the rest is.
func (c *Cluster) count(ctx context.Context, r *Result, said []sent) error {
	start := said[0].Start
	for _, s := range said {
		start = min(start, s.Start)
		if s.Error != "" {
			r.Errors = append(r.Errors, s.Error)
		}
		r.SentIn = max(r.SentIn, time.Duration((s.End-s.Start)*float64(time.Millisecond)))
	}
	last := start
	perRoom := r.Burst.Size.Events / len(r.Burst.Room.Names)
	for _, m := range c.members {
		counts, err := m.counters.Report(ctx)
		if err != nil {
			return err
		}
		for i, count := range counts {
			n := r.Burst.Room.share(m.rooms[i])
			if n == 0 {
				continue
			}
			r.Expected += n * perRoom
			r.Received += count.Received
			r.Disorder += count.Disorder
			last = max(last, count.Last)
		}
	}
	r.Arrived = time.Duration((last - start) * float64(time.Millisecond))
	l := c.losses()
	r.Adapter, r.Queues, r.Other = l.adapter, l.queues, l.other
	return nil
}

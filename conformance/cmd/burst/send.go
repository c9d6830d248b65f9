package main

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/sioxide/emitter"
)

type sender struct {
	config  config
	io      emitter.Emitter
	batch   *emitter.Batch // nil: without
	payload string
}

// maxBytes holds the largest burst at once.
const maxBytes = 256 << 20

func newSender(c config, d emitter.Driver) *sender {
	s := &sender{config: c, io: emitter.New(d), payload: strings.Repeat("x", c.size)}
	opts := []emitter.BatchOption{emitter.MaxBytes(maxBytes)}
	switch c.mode {
	case "loop":
		return s
	case "window":
		opts = append(opts, emitter.Window(c.window), emitter.WindowBytes(c.windowBytes))
	case "acked":
		opts = append(opts, emitter.Acked(), emitter.Window(c.window), emitter.WindowBytes(c.windowBytes))
	}
	if c.rate > 0 {
		opts = append(opts, emitter.Rate(c.rate))
	}
	s.batch = emitter.NewBatch(d, opts...)
	s.io = s.io.Via(s.batch)
	return s
}

func (s *sender) send(ctx context.Context) error {
	if s.config.goroutines > 1 {
		return s.sendTogether(ctx)
	}
	var told error
	for seq := range s.config.events {
		if err := s.emit(ctx, seq); err != nil && !goesOn(err) {
			return err
		} else if err != nil {
			told = err
		}
	}
	if s.batch == nil {
		return told
	}
	return errors.Join(told, s.batch.Flush(ctx))
}

// goesOn tells whether everything was sent, though clients may not have got all of it.
func goesOn(err error) bool {
	return errors.Is(err, emitter.ErrSocketFull) || errors.Is(err, emitter.ErrAckTimeout)
}

// sendTogether shares the events among goroutines; they have no order then.
func (s *sender) sendTogether(ctx context.Context) error {
	var next atomic.Int64
	errs := make(chan error, s.config.goroutines)
	var wg sync.WaitGroup
	for range s.config.goroutines {
		wg.Go(func() {
			for seq := int(next.Add(1)) - 1; seq < s.config.events; seq = int(next.Add(1)) - 1 {
				if err := s.emit(ctx, seq); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	return <-errs
}

func (s *sender) emit(ctx context.Context, seq int) error {
	room := s.config.rooms[seq%len(s.config.rooms)]
	return s.io.To(room).Emit(ctx, s.config.event, s.config.sender, seq, s.payload)
}

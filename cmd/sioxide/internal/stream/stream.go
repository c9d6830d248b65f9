// Package stream performs operations that come as lines of JSON, in constant memory
// and no faster than the cluster takes them.
package stream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/outbox"
)

// Config says what Run does.
type Config struct {
	Emitter emitter.Emitter // of the cluster, without a selection
	Driver  emitter.Driver
	Decoder outbox.Decoder
	Batch   []emitter.BatchOption
	// Perform, when not nil, performs each operation by itself; there is no batch then.
	Perform func(ctx context.Context, number int, op *outbox.Operation) error
	// Allow refuses operations that must not be performed.
	Allow     func(op *outbox.Operation) error
	KeepGoing bool                        // beyond a bad line
	OnBad     func(number int, err error) // told of each bad line
	OnRead    func(read int64, sent int)  // told of progress: bytes read, operations sent
	Grace     time.Duration               // how long what is under way may take after ctx has ended
}

// Result says what became of the input.
type Result struct {
	Lines   int           // lines with something on them that were read
	Sent    int           // operations handed over
	Bad     int           // lines refused: nothing of them was sent
	Doubt   int           // operations that may have been sent
	Unsent  int           // operations read and not sent
	Next    int           // the first line that was not performed, 0 where all were
	Elapsed time.Duration // of the whole run
	Warning error         // clients' queues may have lost something
}

// ErrBad is returned by Run when lines were refused, of which OnBad was told, and
// nothing else went wrong.
var ErrBad = errors.New("bad lines")

// Run performs the lines of in. When ctx ends it reads no more, waits for what is
// under way, and returns ctx's error; what is in the batch is not sent.
func Run(ctx context.Context, in io.Reader, c Config) (Result, error) {
	begin := time.Now()
	work, cancel := withGrace(ctx, c.Grace)
	defer cancel()
	r := &runner{Config: c, sender: newSender(c)}
	err := r.run(ctx, work, start(work, in, c.Decoder))
	r.sender.result(&r.Result)
	if r.Next == 0 && !r.ended {
		r.Next = r.last + 1
	}
	r.Elapsed = time.Since(begin)
	if err == nil && r.Bad > 0 {
		err = ErrBad
	}
	return r.Result, err
}

// withGrace returns a context that ends grace after ctx.
func withGrace(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return work, func() { stop(); cancel() }
}

type runner struct {
	Config
	Result
	sender *sender
	last   int  // number of the last line performed
	ended  bool // the input has
}

func (r *runner) run(ctx, work context.Context, portions <-chan portion) error {
	for {
		p, ok, err := r.await(ctx, work, portions)
		if err != nil || !ok {
			return err
		}
		for _, l := range p.lines {
			if ctx.Err() != nil {
				r.sender.skip(l)
				continue
			}
			if err := r.line(work, l); err != nil {
				return err
			}
			r.progress(p.read)
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(p.err, io.EOF):
			r.ended = true
			return r.sender.flush(work)
		case p.err != nil:
			return errors.Join(fmt.Errorf("read the input: %w", p.err), r.sender.flush(work))
		}
	}
}

// await returns the next portion. Where none is ready, what was read before is sent
// first, so that a slow input is sent as it comes.
func (r *runner) await(ctx, work context.Context, portions <-chan portion) (p portion, ok bool, err error) {
	select {
	case p, ok = <-portions:
		return p, ok, nil
	default:
	}
	if err := r.sender.flush(work); err != nil {
		return p, false, err
	}
	select {
	case p, ok = <-portions:
		return p, ok, nil
	case <-ctx.Done():
		return p, false, ctx.Err()
	}
}

// line performs one line. The error ends the run.
func (r *runner) line(ctx context.Context, l line) error {
	r.Lines++
	r.last = l.number
	err := l.err
	if err == nil && r.Allow != nil {
		err = r.Allow(l.op)
	}
	if err == nil {
		var bad bool
		if bad, err = r.sender.send(ctx, l); !bad {
			return err
		}
	}
	if err == nil {
		return nil
	}
	r.Bad++
	r.OnBad(l.number, err)
	if r.KeepGoing {
		return nil
	}
	if err := r.sender.flush(ctx); err != nil {
		return err
	}
	return ErrBad
}

func (r *runner) progress(read int64) {
	if r.OnRead != nil {
		r.OnRead(read, r.sender.sent())
	}
}

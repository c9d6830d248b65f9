package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/sioxide/emitter"
)

// operation is what is measured; one call does it once.
type operation struct {
	run    func() error
	n      int       // calls in a round
	rounds []float64 // ns a call
}

// times is how often the median of beside fits into that of the emit.
func (r *row) times(beside string) float64 {
	if beside == inTime {
		return r.emit.median()
	}
	return r.emit.median() / r.beside[beside].median()
}

func (o *operation) median() float64 {
	s := slices.Sorted(slices.Values(o.rounds))
	return s[len(s)/2]
}

// repeat returns the ns that each of n calls took.
func (o *operation) repeat(n int) (float64, error) {
	start := time.Now()
	for range n {
		if err := o.run(); err != nil {
			return 0, err
		}
	}
	return float64(time.Since(start).Nanoseconds()) / float64(n), nil
}

// row is one emit and what stands beside it.
type row struct {
	subject subject
	parser  emitter.Parser
	emit    *operation
	beside  map[string]*operation // shared by the parsers
	wire    int                   // bytes
	allocs  float64               // per emit
}

func measure(subjects []subject, rounds int, span time.Duration) ([]*row, error) {
	var rows []*row
	var all []*operation
	for _, s := range subjects {
		beside := map[string]*operation{
			toCopy:  {run: copying(s.text)},
			toJSON:  {run: marshaling(s.value)},
			toEvent: {run: marshaling([]any{"event", s.value})},
		}
		all = slices.AppendSeq(all, maps.Values(beside))
		for _, p := range []emitter.Parser{emitter.Common, emitter.Msgpack} {
			d := new(discard)
			r := &row{subject: s, parser: p, emit: &operation{run: emitting(d, p, s.value)}, beside: beside}
			if err := r.emit.run(); err != nil {
				return nil, fmt.Errorf("%s, %v: %w", s.name, p, err)
			}
			r.wire = len(d.buf)
			r.allocs = testing.AllocsPerRun(1000, func() { _ = r.emit.run() }) // it has just run without an error
			rows, all = append(rows, r), append(all, r.emit)
		}
	}
	return rows, interleave(all, rounds, span)
}

func interleave(all []*operation, rounds int, span time.Duration) error {
	for _, o := range all {
		if err := o.calibrate(span); err != nil {
			return err
		}
	}
	for range rounds {
		runtime.GC() // what one operation left is not the next one's cost
		for _, o := range all {
			ns, err := o.repeat(o.n)
			if err != nil {
				return err
			}
			o.rounds = append(o.rounds, ns)
		}
	}
	return nil
}

// calibrate finds how many calls fill a span.
func (o *operation) calibrate(span time.Duration) error {
	for n := 1; ; n *= 4 {
		ns, err := o.repeat(n)
		if err != nil {
			return err
		}
		if total := ns * float64(n); total > float64(span)/8 {
			o.n = max(1, int(float64(span)/ns))
			return nil
		}
	}
}

// emitting emits with arguments that the caller has put into a slice beforehand.
func emitting(d emitter.Driver, p emitter.Parser, value any) func() error {
	io, ctx, args := emitter.New(d, emitter.WithParser(p)).To("room"), context.Background(), []any{value}
	return func() error { return io.Emit(ctx, "event", args...) }
}

func copying(text []byte) func() error {
	dst := make([]byte, len(text))
	return func() error {
		copy(dst, text)
		return nil
	}
}

func marshaling(value any) func() error {
	return func() error {
		_, err := json.Marshal(value)
		return err
	}
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/cmd/sioxide/internal/console"
	"github.com/sioxide/emitter/cmd/sioxide/internal/stream"
	"github.com/sioxide/emitter/outbox"
)

// streamGrace is how long what is under way may take after an interrupt.
const streamGrace = 3 * time.Second

// emitStdin performs the operations of the standard input.
func (a *app) emitStdin(cmd *cobra.Command, f *emitFlags) error {
	c, err := a.open(cmd)
	if err != nil {
		return err
	}
	defer closed(c)
	if a.console.ReadsTerminal() {
		a.console.Note("reading operations, one JSON object a line; Ctrl-D ends")
	}
	io := c.Emitter()
	progress := a.progressOf(os.Stdin)
	seen := make(places)
	config := stream.Config{
		Emitter: io, Driver: c.Driver(), Batch: f.batchOptions(), KeepGoing: f.keepGoing, Grace: streamGrace,
		Decoder: outbox.Decoder{Prefix: c.Target().Prefix, Namespace: f.namespace},
		Allow: func(o *outbox.Operation) error {
			seen.add(o)
			return f.allow(o)
		},
		OnBad: func(line int, err error) {
			progress.Clear()
			a.console.Note("line %d: %v", line, err)
		},
		OnRead: progress.set,
	}
	if f.ack {
		config.Perform = func(ctx context.Context, line int, o *outbox.Operation) error {
			progress.Clear()
			return a.performAsking(ctx, io, o, f.timeout, line)
		}
	}
	result, err := stream.Run(cmd.Context(), a.console.In, config)
	progress.Done()
	if result.Sent > 0 && cmd.Context().Err() == nil {
		a.warnOfNobody(cmd.Context(), io, seen)
	}
	return a.summarise(result, err)
}

// place is a namespace under a prefix.
type place struct{ prefix, namespace string }

// places are those to which operations went, as far as they are few.
type places map[place]struct{}

func (p places) add(o *outbox.Operation) {
	const most = 20
	if len(p) < most {
		p[place{o.Prefix, o.Namespace}] = struct{}{}
	}
}

// warnOfNobody tells of places that have no server: a stream itself does not, as a
// namespace may have none before its first client.
func (a *app) warnOfNobody(ctx context.Context, io emitter.Emitter, seen places) {
	for p := range seen {
		at := outbox.Operation{Prefix: p.prefix, Namespace: p.namespace}
		if _, err := at.Select(io).Servers(ctx); errors.Is(err, emitter.ErrNoServers) {
			a.console.Note("warning: no server listens in namespace %s under prefix %s, so that nothing arrived there (sioxide doctor says why)", p.namespace, p.prefix)
		}
	}
}

// performAsking performs an operation; an emit prints its answers.
func (a *app) performAsking(ctx context.Context, io emitter.Emitter, o *outbox.Operation, timeout time.Duration, line int) error {
	o, err := o.Expand()
	if err != nil {
		return emitter.NotSent(err)
	}
	if o.Op != outbox.Emit {
		return o.Perform(ctx, io)
	}
	return a.ask(ctx, io, o, timeout, line)
}

func (f *emitFlags) batchOptions() []emitter.BatchOption {
	options := []emitter.BatchOption{emitter.Window(f.window)}
	if f.rate > 0 {
		options = append(options, emitter.Rate(f.rate))
	}
	if f.acked {
		options = append(options, emitter.Acked())
	}
	return options
}

// allow refuses a disconnect of everybody without --yes.
func (f *emitFlags) allow(o *outbox.Operation) error {
	o, err := o.Expand()
	if err != nil {
		return err
	}
	if o.Op == outbox.Disconnect && len(o.To) == 0 && o.Socket == "" && o.Server == "" && !f.yes {
		return errors.New("it disconnects everybody, which needs --yes")
	}
	return nil
}

// streamProgress counts bytes where it is known how many there are, otherwise
// operations.
type streamProgress struct {
	*console.Progress
	bytes bool
}

func (a *app) progressOf(in *os.File) streamProgress {
	if info, err := in.Stat(); err == nil && info.Mode().IsRegular() && info.Size() > 0 {
		return streamProgress{a.console.Progress(info.Size(), "emitting", "B"), true}
	}
	return streamProgress{a.console.Progress(-1, "emitting", "operations"), false}
}

func (p streamProgress) set(read int64, sent int) {
	if p.bytes {
		p.Set(read)
	} else {
		p.Set(int64(sent))
	}
}

// summary is what a stream ends with.
type summary struct {
	Sent      int     `json:"sent"`
	Bad       int     `json:"bad"`
	Doubt     int     `json:"in_doubt"` // may have been sent
	Unsent    int     `json:"unsent"`
	NextLine  int     `json:"next_line,omitempty"` // the first that was not performed
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"per_second"`
}

func (a *app) summarise(r stream.Result, err error) error {
	s := summary{Sent: r.Sent, Bad: r.Bad, Doubt: r.Doubt, Unsent: r.Unsent, NextLine: r.Next, Seconds: r.Elapsed.Seconds()}
	if s.Seconds > 0 {
		s.PerSecond = float64(r.Sent) / s.Seconds
	}
	if a.console.WritesJSON() {
		if err := a.console.WriteJSON(s); err != nil {
			return err
		}
	}
	if !a.console.WritesJSON() || err != nil {
		a.console.Note("%s", s.text())
	}
	switch {
	case errors.Is(err, stream.ErrBad):
		return errTold
	case err == nil:
		return r.Warning
	}
	return err
}

func (s *summary) text() string {
	text := fmt.Sprintf("%s sent in %.1f s (%.0f a second)", plural(s.Sent, "operation"), s.Seconds, s.PerSecond)
	if s.Bad > 0 {
		text += ", " + plural(s.Bad, "bad line")
	}
	if s.Doubt > 0 {
		text += fmt.Sprintf(", %d in doubt", s.Doubt)
	}
	if s.NextLine > 0 {
		text += fmt.Sprintf(", line %d and what follows was not sent", s.NextLine)
	}
	return text
}

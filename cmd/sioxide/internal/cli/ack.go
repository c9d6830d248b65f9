package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/cmd/sioxide/internal/console"
	"github.com/sioxide/emitter/outbox"
)

// answer is one socket's answer as it is printed.
type answer struct {
	Line   int               `json:"line,omitempty"` // of the input, with --stdin
	Socket string            `json:"socket"`
	Server string            `json:"server"`
	Args   []json.RawMessage `json:"args,omitempty"`
	Error  string            `json:"error,omitempty"`
}

// ask emits and prints each answer as it comes. An answer that is an error of its
// socket is printed as such; that not all came is an error.
func (a *app) ask(ctx context.Context, io emitter.Emitter, o *outbox.Operation, timeout time.Duration, line int) error {
	args, err := o.Values()
	if err != nil {
		return err
	}
	io = o.Select(io)
	if timeout > 0 {
		io = io.Timeout(timeout)
	}
	acks, err := io.EmitWithAck(ctx, o.Event, args...)
	if err != nil {
		return err
	}
	defer closed(acks)
	for ack, err := range acks.All() {
		if err != nil {
			return fmt.Errorf("%w (%d of %d announced answers came)", err, acks.Received(), acks.Expected())
		}
		if err := a.printAnswer(newAnswer(ack, line)); err != nil {
			return err
		}
	}
	if !a.console.WritesJSON() && line == 0 {
		a.console.Note("%s", plural(acks.Received(), "answer"))
	}
	return nil
}

func newAnswer(ack emitter.Ack, line int) answer {
	out := answer{Line: line, Socket: ack.Socket, Server: ack.Server}
	args, err := ack.Args()
	if ack.Err != nil {
		err = ack.Err
	}
	if err == nil {
		out.Args, err = outbox.NewArgs(args...)
	}
	if err != nil {
		out.Error = err.Error()
	}
	return out
}

func (a *app) printAnswer(out answer) error {
	if a.console.WritesJSON() {
		return a.console.WriteJSON(out)
	}
	text := out.Error
	if text == "" {
		text = string(bytes.Join(rawBytes(out.Args), []byte("  ")))
	}
	if out.Line > 0 {
		text = fmt.Sprintf("line %d  %s", out.Line, text)
	}
	return a.console.Line("%s  %s", out.Socket, console.Printable(text))
}

func rawBytes(args []json.RawMessage) [][]byte {
	out := make([][]byte, len(args))
	for i, raw := range args {
		out[i] = raw
	}
	return out
}

// explain tells mistakes in the arguments from what went wrong, and adds what to do
// about errors that only the command can help with.
func (a *app) explain(err error) error {
	if errors.Is(err, emitter.ErrNoServers) {
		return fmt.Errorf("%w\n(sioxide doctor says why)", err)
	}
	for _, sentinel := range []error{
		outbox.ErrInvalid, emitter.ErrEvent, emitter.ErrReservedEvent, emitter.ErrNamespace, emitter.ErrPrefix, emitter.ErrSelection, emitter.ErrID,
	} {
		if errors.Is(err, sentinel) {
			return &usageError{err}
		}
	}
	if errors.As(err, new(*emitter.ArgumentError)) {
		return &usageError{err}
	}
	return err
}

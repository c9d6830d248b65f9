package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/sioxide/emitter/cmd/sioxide/internal/console"
)

// Exit statuses, as `sioxide --help` lists them.
const (
	statusOK          = 0
	statusError       = 1
	statusUsage       = 2
	statusInterrupted = 130 // 128 and SIGINT
	statusTerminated  = 143 // 128 and SIGTERM
	statusPipe        = 141 // 128 and SIGPIPE
)

// usageError is a mistake in how the command was called: nothing was done.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usage(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// errTold is an error of which people have been told.
var errTold = errors.New("")

// errDeclined is returned when somebody says no.
var errDeclined = errors.New("nothing was done")

// exit tells people what went wrong and returns the status.
func (a *app) exit(err error) int {
	var own interface{ ExitCode() int }
	switch {
	case err == nil:
		return statusOK
	case isClosedPipe(err):
		return statusPipe // whoever read the output has gone: nobody is there to be told
	}
	status := statusError
	switch signal := a.signalled(); {
	case signal == syscall.SIGTERM && errors.Is(err, context.Canceled):
		status = statusTerminated
	case signal != nil && errors.Is(err, context.Canceled):
		status = statusInterrupted
	case errors.As(err, new(*usageError)) || !a.started:
		status = statusUsage
	case errors.As(err, &own):
		status = own.ExitCode()
	}
	a.tell(err, status)
	return status
}

// isClosedPipe tells whether the output, and no connection, is a broken pipe.
func isClosedPipe(err error) bool {
	var write *console.WriteError
	var file *fs.PathError
	return errors.Is(err, syscall.EPIPE) && (errors.As(err, &write) || errors.As(err, &file))
}

// tell writes an error, each line of it with the command's name.
func (a *app) tell(err error, status int) {
	text := err.Error()
	if a.target != nil {
		text = a.target.ScrubText(text)
	}
	switch {
	case text == "":
		return
	case status == statusInterrupted || status == statusTerminated:
		text = "interrupted"
	}
	for line := range strings.Lines(text) {
		a.console.Note("%s", strings.TrimRight(line, "\n"))
	}
	if status == statusUsage {
		fmt.Fprintf(a.console.Err, "Run '%s --help' for usage.\n", console.Printable(a.running))
	}
}

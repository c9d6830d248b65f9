// Package console is what the command shows: tables and progress on a terminal, JSON
// in a pipe.
package console

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// Console is where the command reads and writes.
type Console struct {
	In       io.Reader
	Out, Err io.Writer
	JSON     bool // results as JSON, wherever they go
}

// Standard is the process's own console.
func Standard() *Console { return &Console{In: os.Stdin, Out: os.Stdout, Err: os.Stderr} }

// WritesJSON tells whether results are written as JSON: asked for, or because no
// terminal shows them.
func (c *Console) WritesJSON() bool { return c.JSON || !isTerminal(c.Out) }

// Asks tells whether somebody is there to answer a question.
func (c *Console) Asks() bool { return isTerminal(c.In) && isTerminal(c.Err) }

// ReadsTerminal tells whether somebody types the input.
func (c *Console) ReadsTerminal() bool { return isTerminal(c.In) }

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// isDumb tells whether a terminal takes only text.
func isDumb() bool { return os.Getenv("TERM") == "dumb" }

// bold marks s where w is a terminal, unless NO_COLOR (no-color.org) is set.
func bold(w io.Writer, s string) string {
	if s == "" || os.Getenv("NO_COLOR") != "" || isDumb() || !isTerminal(w) {
		return s
	}
	return "\x1b[1m" + s + "\x1b[0m"
}

// Note tells people something, beside the results.
func (c *Console) Note(format string, args ...any) {
	fmt.Fprintf(c.Err, "sioxide: %s\n", Printable(fmt.Sprintf(format, args...)))
}

// Confirm asks a question of which no is the answer unless it is yes.
func (c *Console) Confirm(question string) bool {
	fmt.Fprintf(c.Err, "%s [y/N] ", Printable(question))
	line, err := c.readLine()
	if err != nil { // its end is not the end of a line
		fmt.Fprintln(c.Err)
	}
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		return true
	}
	return false
}

// Ask asks for a line of text.
func (c *Console) Ask(question string) (string, error) {
	fmt.Fprintf(c.Err, "%s ", Printable(question))
	return c.ReadLine()
}

// ReadLine reads a line of the input.
func (c *Console) ReadLine() (string, error) {
	line, err := c.readLine()
	return strings.TrimSpace(line), err
}

// readLine reads no further than the end of the line.
func (c *Console) readLine() (string, error) {
	const most = 64 << 10
	var line []byte
	for b := make([]byte, 1); len(line) < most; {
		n, err := c.In.Read(b)
		if n > 0 && b[0] == '\n' {
			return string(line), nil
		}
		line = append(line, b[:n]...)
		if err != nil {
			if err == io.EOF && len(line) > 0 {
				err = nil
			}
			return string(line), err
		}
	}
	return "", fmt.Errorf("the line has more than %d bytes", most)
}

// WriteError is returned when the results can't be written.
type WriteError struct{ err error }

func (e *WriteError) Error() string { return "write the output: " + e.err.Error() }

// Unwrap returns the error of the system, EPIPE where the reader has gone.
func (e *WriteError) Unwrap() error { return e.err }

// Write writes results as they are.
func (c *Console) Write(p []byte) (int, error) {
	n, err := c.Out.Write(p)
	if err != nil {
		err = &WriteError{err}
	}
	return n, err
}

// WriteJSON writes v as one line of JSON.
func (c *Console) WriteJSON(v any) error {
	e := json.NewEncoder(c)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// Line writes a line for people.
func (c *Console) Line(format string, args ...any) error {
	_, err := io.WriteString(c, Printable(fmt.Sprintf(format, args...))+"\n")
	return err
}

// Printable returns s with the characters that would move a terminal's cursor, or
// change its colours, as escapes; line breaks and tabs stay. Names of rooms come
// from anywhere.
func Printable(s string) string {
	if strings.IndexFunc(s, isHarmful) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if isHarmful(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isHarmful is true for the controls of C0 and C1, and for those that turn the
// direction of text.
func isHarmful(r rune) bool {
	return r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 ||
		r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

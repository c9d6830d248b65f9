package stream

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/sioxide/emitter/outbox"
)

// line is one line of the input, decoded.
type line struct {
	number int
	op     *outbox.Operation
	err    error // what is wrong with the line
}

// lines reads the input in portions: what can be had without waiting, at most
// portionLines and about portionBytes.
type lines struct {
	in      *bufio.Reader
	decoder outbox.Decoder
	number  int
	read    int64 // bytes
	buf     []byte
}

const (
	portionLines = 128
	portionBytes = 1 << 20
)

// portion is what was read at once.
type portion struct {
	lines []line
	read  int64 // bytes of the input so far
	err   error // what ended the input: io.EOF, or why it can't be read
}

// start reads in a goroutine of its own, as a read of a pipe or a terminal can't be
// broken off. It ends with the input or the context.
func start(ctx context.Context, in io.Reader, d outbox.Decoder) <-chan portion {
	l := &lines{in: bufio.NewReaderSize(in, 64<<10), decoder: d}
	portions := make(chan portion)
	go func() {
		defer close(portions)
		for {
			p := l.next()
			select {
			case portions <- p:
			case <-ctx.Done():
				return
			}
			if p.err != nil {
				return
			}
		}
	}()
	return portions
}

func (l *lines) next() (p portion) {
	from := l.read
	for len(p.lines) < portionLines && l.read-from < portionBytes {
		text, tooLong, err := l.readLine()
		if len(text) > 0 || tooLong || err == nil {
			l.number++
		}
		if len(bytes.TrimSpace(text)) > 0 || tooLong {
			p.lines = append(p.lines, l.decode(text, tooLong))
		}
		if p.err = err; err != nil || l.in.Buffered() == 0 {
			break
		}
	}
	p.read = l.read
	return p
}

func (l *lines) decode(text []byte, tooLong bool) line {
	if tooLong {
		return line{number: l.number, err: fmt.Errorf("it has more than %d bytes", outbox.MaxSize)}
	}
	op, err := l.decoder.Decode(text)
	return line{number: l.number, op: op, err: err}
}

// readLine returns the next line without its end, in memory that is used again. Of a
// line longer than an operation can be only the end is looked for.
func (l *lines) readLine() (text []byte, tooLong bool, err error) {
	l.buf = l.buf[:0]
	for {
		part, err := l.in.ReadSlice('\n')
		l.read += int64(len(part))
		if !tooLong {
			l.buf = append(l.buf, part...)
		}
		if len(l.buf) > outbox.MaxSize+2 { // with the end of the line
			tooLong, l.buf = true, nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return bytes.TrimRight(l.buf, "\r\n"), tooLong, err
		}
	}
}

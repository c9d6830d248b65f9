package redistest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// Conn is a connection to a Redis server that shares no code with the clients
// under test.
type Conn struct {
	net.Conn
	r *bufio.Reader
}

// ReplyError is an error that the server answered.
type ReplyError string

func (e ReplyError) Error() string { return string(e) }

// Dial connects to the server at addr.
func Dial(addr string) (*Conn, error) {
	c, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		return nil, err
	}
	return &Conn{Conn: c, r: bufio.NewReader(c)}, nil
}

// Do sends a command and returns its reply: an int64, a []byte, a string, a []any
// of these, or nil. It waits 10 s at most.
func (c *Conn) Do(args ...string) (any, error) {
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	if err := c.Write(args...); err != nil {
		return nil, err
	}
	return c.Read()
}

// Write sends a command.
func (c *Conn) Write(args ...string) error {
	b := fmt.Appendf(nil, "*%d\r\n", len(args))
	for _, a := range args {
		b = fmt.Appendf(b, "$%d\r\n%s\r\n", len(a), a)
	}
	_, err := c.Conn.Write(b)
	return err
}

// Read reads one reply, or one message of a subscription.
func (c *Conn) Read() (any, error) {
	line, err := c.r.ReadString('\n')
	if err != nil {
		return nil, err
	}
	if len(line) < 3 {
		return nil, errors.New("redistest: an empty line")
	}
	kind, rest := line[0], line[1:len(line)-2]
	switch kind {
	case '+':
		return rest, nil
	case '-':
		return nil, ReplyError(rest)
	case ':':
		return strconv.ParseInt(rest, 10, 64)
	case '$', '*':
		n, err := strconv.Atoi(rest)
		if err != nil || n < 0 {
			return nil, err
		}
		if kind == '*' {
			return c.readArray(n)
		}
		return c.readBulk(n)
	}
	return nil, fmt.Errorf("redistest: unexpected reply %q", line)
}

func (c *Conn) readBulk(n int) ([]byte, error) {
	b := make([]byte, n+2)
	if _, err := io.ReadFull(c.r, b); err != nil {
		return nil, err
	}
	return b[:n], nil
}

func (c *Conn) readArray(n int) ([]any, error) {
	a := make([]any, n)
	for i := range a {
		v, err := c.Read()
		var reply ReplyError
		if errors.As(err, &reply) {
			v, err = reply, nil
		}
		if err != nil {
			return nil, err
		}
		a[i] = v
	}
	return a, nil
}

package tap

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// maxMonitored is the longest line of MONITOR that is looked at, in bytes: four for
// each byte of a message at most.
const maxMonitored = 64 << 20

// Monitor watches what a node of Redis executes, by MONITOR, and shows what is
// published for the prefix. The node writes each of its commands to us, whoever they
// are from.
func Monitor(ctx context.Context, node *redis.Client, prefix string, sink Sink) error {
	o := node.Options()
	conn, err := o.Dialer(ctx, o.Network, o.Addr)
	if err != nil {
		return fmt.Errorf("MONITOR: %w", err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	in := bufio.NewReaderSize(conn, 64<<10)
	if err := monitorFrom(conn, in, o); err != nil {
		return fmt.Errorf("MONITOR at %s: %w", o.Addr, err)
	}
	sink.Ready()
	for {
		line, err := monitorLine(in)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("MONITOR at %s: %w", o.Addr, err)
		}
		if m := monitored(line, prefix); m != nil {
			if err := sink.Message(m); err != nil {
				return err
			}
		}
	}
}

// monitorFrom logs in and begins.
func monitorFrom(conn net.Conn, in *bufio.Reader, o *redis.Options) error {
	var commands [][]string
	switch {
	case o.Username != "":
		commands = append(commands, []string{"AUTH", o.Username, o.Password})
	case o.Password != "":
		commands = append(commands, []string{"AUTH", o.Password})
	}
	for _, args := range append(commands, []string{"MONITOR"}) {
		_ = conn.SetDeadline(time.Now().Add(max(o.DialTimeout, time.Second)))
		if _, err := conn.Write(respCommand(args)); err != nil {
			return err
		}
		line, err := in.ReadString('\n')
		if err != nil {
			return err
		}
		if line = strings.TrimRight(line, "\r\n"); !strings.HasPrefix(line, "+") {
			return errors.New(strings.TrimPrefix(line, "-"))
		}
	}
	return conn.SetDeadline(time.Time{})
}

func respCommand(args []string) []byte {
	out := fmt.Appendf(nil, "*%d\r\n", len(args))
	for _, arg := range args {
		out = fmt.Appendf(out, "$%d\r\n%s\r\n", len(arg), arg)
	}
	return out
}

// monitorLine reads a line, of which what is beyond maxMonitored is dropped.
func monitorLine(in *bufio.Reader) (string, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		if len(line) < maxMonitored {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return strings.TrimRight(string(line), "\r\n"), err
		}
	}
}

// monitored returns the message of a line
//
//	+1339518083.107412 [0 127.0.0.1:60866] "spublish" "channel" "payload"
//
// and nil for commands that publish nothing on a channel of requests.
func monitored(line, prefix string) *Message {
	stamp, rest, ok := strings.Cut(strings.TrimPrefix(line, "+"), " [")
	_, rest, ok2 := strings.Cut(rest, "] ")
	if !ok || !ok2 {
		return nil
	}
	command, rest, ok := cutQuoted(rest)
	if !ok || !strings.EqualFold(command, "spublish") && !strings.EqualFold(command, "publish") {
		return nil
	}
	channel, rest, ok := cutQuoted(rest)
	if _, _, err := splitChannel(prefix, channel); !ok || err != nil {
		return nil
	}
	payload, rest, ok := cutQuoted(rest)
	at := monitorTime(stamp)
	if !ok || rest != "" {
		return &Message{At: at, Channel: channel, Err: fmt.Errorf("the line of MONITOR is cut off, or has more than %d bytes", maxMonitored)}
	}
	return decode(prefix, channel, []byte(payload), at)
}

func monitorTime(stamp string) time.Time {
	s, us, _ := strings.Cut(stamp, ".")
	sec, err := strconv.ParseInt(s, 10, 64)
	micro, err2 := strconv.ParseInt(us, 10, 64)
	if err != nil || err2 != nil {
		return time.Now()
	}
	return time.Unix(sec, micro*1000)
}

// cutQuoted takes a quoted argument from the front (Redis, src/sds.c: sdscatrepr).
func cutQuoted(s string) (arg, rest string, ok bool) {
	s = strings.TrimLeft(s, " ")
	if !strings.HasPrefix(s, `"`) {
		return "", s, false
	}
	var out []byte
	for i := 1; i < len(s); i++ {
		switch c := s[i]; c {
		case '"':
			return string(out), s[i+1:], true
		case '\\':
			i++
			if i >= len(s) {
				return "", "", false
			}
			if s[i] != 'x' {
				out = append(out, unescaped(s[i]))
				continue
			}
			if i+2 >= len(s) {
				return "", "", false
			}
			n, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
			if err != nil {
				return "", "", false
			}
			out = append(out, byte(n))
			i += 2
		default:
			out = append(out, c)
		}
	}
	return "", "", false
}

func unescaped(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'a':
		return '\a'
	case 'b':
		return '\b'
	}
	return c
}

package contest

import (
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// RedisBenchmark is redis-benchmark on one connection: PUBLISH of messages of a size,
// with so many in the pipeline as others emit at once or in a batch.
type RedisBenchmark struct{}

// Least is how long it must run: it counts milliseconds.
func (RedisBenchmark) Least() time.Duration { return 150 * time.Millisecond }

// Do implements Contestant.
func (RedisBenchmark) Do(c Case) (s Sample, err error) {
	host, port, err := net.SplitHostPort(c.Addrs[0])
	if err != nil {
		return s, fmt.Errorf("redis-benchmark: %w", err)
	}
	command := "PUBLISH"
	if c.Sharded {
		command = "SPUBLISH"
	}
	cmd := exec.Command("redis-benchmark", "-h", host, "-p", port, "--csv", "-c", "1",
		"-P", strconv.Itoa(max(c.AtOnce, c.Batch, 1)), "-n", strconv.Itoa(c.N), "-x", command, "socket.io-request#/#")
	cmd.Stdin = strings.NewReader(strings.Repeat("x", c.Size))
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, exit.Stderr)
		}
		return s, fmt.Errorf("redis-benchmark: %w", err)
	}
	rate, err := requestsPerSecond(string(out))
	if err != nil {
		return s, err
	}
	return Sample{NS: float64(c.N) * 1e9 / rate, Bytes: c.Size}, nil
}

// requestsPerSecond reads the second column of the second line; the first names them.
func requestsPerSecond(csv string) (float64, error) {
	lines := strings.Split(strings.TrimSpace(csv), "\n")
	cells := strings.Split(lines[len(lines)-1], `","`)
	if len(cells) > 2 {
		if rate, err := strconv.ParseFloat(strings.Trim(cells[1], `"`), 64); err == nil && rate > 0 {
			return rate, nil
		}
	}
	return 0, fmt.Errorf("redis-benchmark printed %.200q, not how many requests a second", csv)
}

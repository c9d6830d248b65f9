package bursts

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/sioxide/emitter/conformance/internal/process"
	"github.com/sioxide/emitter/conformance/internal/rustserver"
)

// Programs that send.
type Programs struct {
	Go   string // cmd/burst
	Rust string // rustemitter, on the Rust emitter 0.1.0
}

// Build builds cmd/burst, without the race detector, into dir, and finds what setup.sh has built.
func Build(ctx context.Context, dir string) (Programs, error) {
	p := Programs{Go: filepath.Join(dir, "burst")}
	build := exec.CommandContext(ctx, "go", "build", "-o", p.Go, "./cmd/burst")
	if out, err := build.CombinedOutput(); err != nil {
		return p, fmt.Errorf("build cmd/burst: %w: %s", err, out)
	}
	var err error
	p.Rust, err = RustEmitter()
	return p, err
}

// RustEmitter returns the path of the program on the Rust emitter.
func RustEmitter() (string, error) {
	dir, err := rustserver.CacheDir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "cargo", "release", "conformance-rustemitter")
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("the program on the Rust emitter: %w (run conformance/setup.sh)", err)
	}
	return path, nil
}

const connectTimeout = 20 * time.Second

// running is a sender that has connected and waits for its start.
type running struct{ proc *process.Process }

// sent is what a sender says at its end. Times are milliseconds since 1970.
type sent struct {
	Start float64 `json:"start"`
	End   float64 `json:"end"`
	Error string  `json:"error"`
}

// startSender starts number n of the senders of a burst.
func startSender(p Programs, addr string, b Burst, n int) (*running, error) {
	name, path := "cmd/burst", p.Go
	args := []string{
		"--addr", addr,
		"--room", strings.Join(b.Room.Names, ","),
		"--events", strconv.Itoa(b.Size.Events / b.senders()),
		"--size", strconv.Itoa(b.Size.Bytes),
		"--command", command(b.Server),
	}
	if b.Way.Rust {
		name, path = "the Rust emitter", p.Rust
		args = append(args, "--event", "burst")
	} else {
		args = append(args, "--sender", strconv.Itoa(n), "--driver", defaultDriver(b.Server))
		args = append(args, b.Way.Args...)
	}
	proc, err := process.Start(name, path, args...)
	if err != nil {
		return nil, err
	}
	if _, err := proc.WaitForLine("ready", connectTimeout); err != nil {
		proc.Kill()
		return nil, err
	}
	return &running{proc}, nil
}

func (r *running) start() error { return r.proc.Write(nil) }

// wait returns when everything is sent.
func (r *running) wait(ctx context.Context) (s sent, err error) {
	select {
	case line, ok := <-r.proc.Lines():
		if !ok {
			return s, fmt.Errorf("a sender has ended: %s", r.proc.Log())
		}
		if err := json.Unmarshal(line, &s); err != nil {
			return s, fmt.Errorf("result of a sender %.200q: %w", line, err)
		}
	case <-ctx.Done():
		r.proc.Kill()
		return s, fmt.Errorf("a sender did not end: %w", ctx.Err())
	}
	r.proc.Stop()
	return s, nil
}

// command is how servers with a driver listen on a standalone Redis.
func command(d rustserver.Driver) string {
	if d == rustserver.Fred {
		return "SPUBLISH"
	}
	return "PUBLISH"
}

// defaultDriver is ours for servers with a driver, where a way names no other.
func defaultDriver(d rustserver.Driver) string {
	switch d {
	case rustserver.Kafka:
		return "kafkadriver"
	case rustserver.Nats:
		return "natsdriver"
	}
	return "redisdriver"
}

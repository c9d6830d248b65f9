// Package process runs the servers of tests: it starts one and waits for what it says
// when it is ready, ends it by its process id, and stops it for a while.
package process

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/sioxide/emitter/driver/drivertest/proclog"
)

const (
	startTime = 60 * time.Second // of a start, recovery after a crash included
	stopTime  = 20 * time.Second
)

// Process is a server that was started here.
type Process struct {
	name   string
	proc   *os.Process
	exited chan struct{}
	log    *proclog.Log
}

// Start returns once the server has said that it is ready. It ends with this process,
// where the system can do that.
func Start(name string, cmd *exec.Cmd, ready string) (*Process, error) {
	log, seen := proclog.New(ready)
	cmd.Stdout, cmd.Stderr = log, log
	endWithParent(cmd)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p := &Process{name, cmd.Process, make(chan struct{}), log}
	go func() {
		_ = cmd.Wait()
		close(p.exited)
	}()
	select {
	case <-seen:
		return p, nil
	case <-p.exited:
		return nil, fmt.Errorf("start %s: it ended at once: %s", name, log)
	case <-time.After(startTime):
		return nil, errors.Join(fmt.Errorf("start %s: it is not ready after %v: %s", name, startTime, log), p.Kill())
	}
}

// Kill ends it as a crash would, also one that stands still, and waits for its end.
// Nil has ended.
func (p *Process) Kill() error {
	if p == nil {
		return nil
	}
	if err := p.proc.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("end %s: %w", p.name, err)
	}
	<-p.exited
	return nil
}

// End asks it to end and waits until it has; one that does not is killed, which is an error.
func (p *Process) End() error {
	if p == nil {
		return nil
	}
	if err := p.proc.Signal(endSignal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return errors.Join(fmt.Errorf("end %s: %w", p.name, err), p.Kill())
	}
	select {
	case <-p.exited:
		return nil
	case <-time.After(stopTime):
		return errors.Join(fmt.Errorf("end %s: it still ran after %v: %s", p.name, stopTime, p.log), p.Kill())
	}
}

// Log is what it has said.
func (p *Process) Log() string {
	if p == nil {
		return ""
	}
	return p.log.String()
}

// FreeAddr finds an address of 127.0.0.1 below the ports that the system gives to
// outgoing connections: a client that comes back while the server is down could
// otherwise be connected to itself.
func FreeAddr() string {
	const first, last = 10_000, 32_000
	for {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(first+rand.IntN(last-first)))
		if l, err := net.Listen("tcp", addr); err == nil {
			_ = l.Close()
			return addr
		}
	}
}

// Cache is the folder where scripts build what is used again.
func Cache() (string, error) {
	if dir := os.Getenv("SIOXIDE_CACHE"); dir != "" {
		return dir, nil
	}
	dir := os.Getenv("XDG_CACHE_HOME")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", errors.Join(err, errors.New("set SIOXIDE_CACHE to the cache folder"))
		}
		dir = filepath.Join(home, ".cache")
	}
	return filepath.Join(dir, "sioxide"), nil
}

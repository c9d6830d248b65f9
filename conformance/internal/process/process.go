// Package process runs the programs that the conformance run is made of, and ends them by their process id.
package process

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// grace is how long a process may take to end by itself before it is killed.
const grace = 2 * time.Second

// Process is a running child: lines in, lines out, and its standard error kept.
type Process struct {
	name  string
	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines chan []byte
	done  chan struct{} // closed once the child has been waited for
	write sync.Mutex

	mu  sync.Mutex
	log bytes.Buffer
}

// Start runs command with args. What it prints must be read from Lines, or dropped by Discard.
func Start(name, command string, args ...string) (*Process, error) {
	p := &Process{
		name:  name,
		cmd:   exec.Command(command, args...),
		lines: make(chan []byte, 64),
		done:  make(chan struct{}),
	}
	dieWithParent(p.cmd)
	p.cmd.Stderr = (*logWriter)(p)
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p.stdin = stdin
	go p.read(stdout)
	return p, nil
}

func (p *Process) read(stdout io.Reader) {
	r := bufio.NewReaderSize(stdout, 1<<16)
	for {
		line, err := r.ReadBytes('\n')
		if len(line) > 0 {
			p.lines <- line
		}
		if err != nil {
			break
		}
	}
	_ = p.cmd.Wait() // how it ended does not matter: Log tells more
	close(p.lines)
	close(p.done)
}

// Lines gives each line of standard output, and is closed when the process has ended.
func (p *Process) Lines() <-chan []byte { return p.lines }

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Write writes one line to standard input.
func (p *Process) Write(line []byte) error {
	p.write.Lock()
	defer p.write.Unlock()
	if _, err := p.stdin.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write to %s: %w: %s", p.name, err, p.Log())
	}
	return nil
}

// Log returns what the process has written to its standard error so far.
func (p *Process) Log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// WaitForLine returns the first line that contains text. The lines after it are the caller's to read.
func (p *Process) WaitForLine(text string, timeout time.Duration) (string, error) {
	deadline := time.After(timeout)
	var seen strings.Builder
	for {
		select {
		case line, ok := <-p.lines:
			if !ok {
				return "", fmt.Errorf("%s ended before it was ready: %s%s", p.name, seen.String(), p.Log())
			}
			if bytes.Contains(line, []byte(text)) {
				return string(line), nil
			}
			seen.Write(line)
		case <-deadline:
			return "", fmt.Errorf("%s was not ready after %v: %s%s", p.name, timeout, seen.String(), p.Log())
		}
	}
}

// Stop closes standard input, at which servers and clients end by themselves, and kills what is still there
// after a short while.
func (p *Process) Stop() {
	_ = p.stdin.Close()
	p.Discard()
	select {
	case <-p.done:
	case <-time.After(grace):
		p.Kill()
	}
}

// Kill ends the process at once, as kill -9 does, and waits for its end.
func (p *Process) Kill() {
	p.Discard()
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return
	}
	<-p.done
}

// Pid is the process's id.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Terminate asks the process to end, as a service manager does (SIGTERM).
func (p *Process) Terminate() error { return p.cmd.Process.Signal(syscall.SIGTERM) }

// Discard drops all further lines, so that a talkative process never waits for a reader.
func (p *Process) Discard() {
	go func() {
		for range p.lines {
		}
	}()
}

type logWriter Process

func (w *logWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(b)
}

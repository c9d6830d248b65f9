package contest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
)

// Contestant does cases.
type Contestant interface {
	Do(c Case) (Sample, error)
}

// Process is a contestant that reads cases from its standard input, a line each, and
// writes samples to its standard output.
type Process struct {
	name   string
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
	stderr bytes.Buffer
}

// Start starts a contestant's program.
func Start(name, command string, args ...string) (*Process, error) {
	p := &Process{name: name, cmd: exec.Command(command, args...)}
	p.cmd.Stderr = &p.stderr
	var out io.ReadCloser
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err == nil {
		if out, err = p.cmd.StdoutPipe(); err == nil {
			err = p.cmd.Start()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p.stdout = bufio.NewReader(out)
	return p, nil
}

// Do implements Contestant.
func (p *Process) Do(c Case) (s Sample, err error) {
	line, err := json.Marshal(c)
	if err != nil {
		return s, fmt.Errorf("encode a case: %w", err)
	}
	if _, err = p.stdin.Write(append(line, '\n')); err == nil {
		line, err = p.stdout.ReadBytes('\n')
	}
	if err != nil {
		return s, errors.Join(fmt.Errorf("%s does not answer: %w", p.name, err), p.end())
	}
	if err := json.Unmarshal(line, &s); err != nil {
		return s, fmt.Errorf("%s answered %.200q: %w", p.name, line, err)
	}
	if s.Error != "" {
		return s, fmt.Errorf("%s: %s", p.name, s.Error)
	}
	return s, nil
}

// Stop ends the process by the end of its standard input.
func (p *Process) Stop() error {
	_ = p.stdin.Close() // it may be gone already; then end tells why
	return p.end()
}

func (p *Process) end() error {
	_ = p.stdin.Close() // as in Stop
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("%s: %w: %s", p.name, err, p.stderr.Bytes())
	}
	return nil
}

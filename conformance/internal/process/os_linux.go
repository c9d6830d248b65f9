package process

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// dieWithParent has the kernel kill the child when this process dies, however it dies.
func dieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// Pause stops the process until Resume, and returns once every thread of it stands still; its connections stay open.
func (p *Process) Pause() error {
	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		return fmt.Errorf("stop %s: %w", p.name, err)
	}
	const every = time.Millisecond
	for deadline := time.Now().Add(grace); ; time.Sleep(every) {
		stopped, err := p.stopped()
		if stopped || err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("stop %s: it still runs after %v", p.name, grace)
		}
	}
}

// stopped tells whether all threads are in state T (proc(5), /proc/pid/stat).
func (p *Process) stopped() (bool, error) {
	stats, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", p.cmd.Process.Pid))
	if err != nil {
		return false, err
	}
	for _, file := range stats {
		text, err := os.ReadFile(file)
		if err != nil {
			return false, fmt.Errorf("stop %s: %w", p.name, err)
		}
		_, state, _ := strings.Cut(string(text), ") ") // the state follows the name in brackets
		if !strings.HasPrefix(state, "T") {
			return false, nil
		}
	}
	return len(stats) > 0, nil
}

// Resume lets a paused process go on.
func (p *Process) Resume() error { return p.cmd.Process.Signal(syscall.SIGCONT) }

//go:build unix

package process

import (
	"errors"
	"fmt"
	"sync"
	"syscall"
)

const endSignal = syscall.SIGTERM

// Pause stops the process, so that its connections stay open and nothing is answered,
// until resume is called.
func (p *Process) Pause() (resume func(), err error) {
	if p == nil {
		return nil, errors.New("pause: it does not run")
	}
	if err := p.proc.Signal(syscall.SIGSTOP); err != nil {
		return nil, fmt.Errorf("pause %s: %w", p.name, err)
	}
	resume = sync.OnceFunc(func() { _ = p.proc.Signal(syscall.SIGCONT) })
	// The signal is on its way; all threads have stopped when this returns.
	var status syscall.WaitStatus
	_, err = syscall.Wait4(p.proc.Pid, &status, syscall.WUNTRACED, nil)
	if err == nil && !status.Stopped() {
		err = errors.New("it ends instead")
	}
	if err != nil {
		resume()
		return nil, fmt.Errorf("pause %s: %w", p.name, err)
	}
	return resume, nil
}

//go:build !linux

package process

import (
	"errors"
	"os/exec"
)

func dieWithParent(*exec.Cmd) {}

// Pause works on Linux only.
func (p *Process) Pause() error { return errors.ErrUnsupported }

// Resume works on Linux only.
func (p *Process) Resume() error { return errors.ErrUnsupported }

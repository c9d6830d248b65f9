//go:build !unix

package process

import (
	"errors"
	"os"
)

var endSignal = os.Interrupt

// Pause is an error: a process can't be stopped here.
func (p *Process) Pause() (resume func(), err error) {
	return nil, errors.ErrUnsupported
}

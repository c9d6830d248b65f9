//go:build !linux

package pgtest

import (
	"os"
	"os/exec"
)

// owner is the user that the server runs as: the one of this process.
type owner struct{}

func findOwner() (owner, error) { return owner{}, nil }

func (owner) give(string) error { return nil }

func (owner) apply(cmd *exec.Cmd, dir string) {
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "HOME="+dir)
}
